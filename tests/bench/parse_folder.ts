// The floor under `mtop list`: a process that reads and parses the files of a folder, and does no more.
import { CORE_SCHEMA, loadAll } from "js-yaml";

const [folder = "."] = Deno.args;
let documents = 0;
for (const { name } of Deno.readDirSync(folder)) {
  const text = Deno.readTextFileSync(`${folder}/${name}`);
  documents += name.endsWith(".json")
    ? [JSON.parse(text)].length
    : loadAll(text, { schema: CORE_SCHEMA }).length;
}
console.log(documents);
