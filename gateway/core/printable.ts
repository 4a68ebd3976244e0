/**
 * Texts of others where a terminal or an officer's list shows them. Decides what is printed of them: controls, marks that turn the direction of writing, and line ends
 * become `?`, so that no stored text moves a cursor or makes a line of its own. Refuses such characters in names and reasons before they are kept.
 */
import { RequestError } from './errors.ts'

/** Of a name and of a reason, in characters. */
const MOST_NAME = 200
const MOST_REASON = 1000

/** Controls (C0, C1), marks of direction, what no text holds, and the line ends of Unicode. */
const UNPRINTABLE = /[\p{C}\u2028\u2029]/u
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu')

/** One line, whatever it held. */
export function printable(text: string): string {
  return text.replace(ALL_UNPRINTABLE, '?')
}

/** A person's words, as they may stand in the log. RequestError bad-request. */
export function requireWord({ officer, reason }: { readonly officer: string; readonly reason: string }): void {
  if (isPlain(officer, MOST_NAME) && isPlain(reason, MOST_REASON)) return
  const bounds = `a name of ${MOST_NAME} characters at most, and a reason of ${MOST_REASON}, each on one line`
  throw new RequestError('bad-request', `Give ${bounds}: both stand in the log.`)
}

function isPlain(text: string, most: number): boolean {
  return text.trim() !== '' && text.length <= most && !UNPRINTABLE.test(text)
}
