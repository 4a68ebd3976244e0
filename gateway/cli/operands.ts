/** Words of a command line before they are read. Decides which of them is a name of a key although it begins as an option does: one in 64 thumbprints (RFC 7638) begins with a hyphen. */
const DASHED_THUMBPRINT = /^-[A-Za-z0-9_-]{42}$/

/** Those go last, behind `--`, where nothing is an option. The value of an option stays where it is: `takesValue` knows by the option's name. */
export function thumbprintsLast(words: readonly string[], takesValue: (option: string) => boolean): readonly string[] {
  if (words.includes('--')) return words
  const isKey = (word: string, at: number): boolean => DASHED_THUMBPRINT.test(word) && !takesValue(words[at - 1] ?? '')
  const keys = words.filter(isKey)
  return keys.length === 0 ? words : [...words.filter((word, at) => !isKey(word, at)), '--', ...keys]
}
