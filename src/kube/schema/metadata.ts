// What an object's metadata may hold. Names, maps and times are judged for every kind, by
// ../metadata.ts: here they are any.

import { ANY, ANY_OBJECT, BOOLEAN, list, object, text, wholeNumber } from "./types.ts";

const TEXT = text();

/** ObjectMeta of apimachinery. */
export const METADATA = object({
  annotations: ANY,
  creationTimestamp: ANY,
  deletionGracePeriodSeconds: wholeNumber("int64"),
  deletionTimestamp: ANY,
  finalizers: list(TEXT),
  generateName: TEXT,
  generation: wholeNumber("int64"),
  labels: ANY,
  managedFields: list(ANY_OBJECT),
  name: ANY,
  namespace: ANY,
  ownerReferences: list(object({
    "apiVersion!": TEXT,
    blockOwnerDeletion: BOOLEAN,
    controller: BOOLEAN,
    "kind!": TEXT,
    "name!": TEXT,
    "uid!": TEXT,
  })),
  resourceVersion: TEXT,
  selfLink: TEXT,
  uid: TEXT,
});
