const KEY_BYTES = 32;

/** The keys of a text, apart by spaces, commas or lines; undefined when there is none, or one is not 32 bytes in base64 or hex. */
export function parseSecretKeys(text: string): Buffer[] | undefined {
  const keys = text.split(/[\s,]+/).filter((word) => word !== "");
  const parsed = keys.map(parseKey);
  return parsed.length > 0 && parsed.every((key) => key !== undefined) ? parsed : undefined;
}

function parseKey(word: string): Buffer | undefined {
  const encoding = /^[\da-f]{64}$/i.test(word)
    ? "hex"
    : /^[\w+/-]{43}=?$/.test(word)
      ? "base64"
      : undefined;
  const key = encoding && Buffer.from(word, encoding);
  return key?.length === KEY_BYTES ? key : undefined;
}
