// What is wrong with the text of a run file; apart from the codec, which costs a schema library.

/** A file that is not what it should be. The message is one sentence with the file's name in it. */
export class LogFormatError extends Error {
  override readonly name = "LogFormatError";

  constructor(file: string, reason: string) {
    super(`Cannot read "${file}": ${reason}`);
  }
}
