/**
 * Where in code an error came from. Decides which lines of a stack are that: names of functions and files with line and column, never a line of the message, which may
 * quote what came from outside (JSON.parse repeats its input, line ends and all).
 */

/** `at name (file:///…:1:2)`, `at /…:1:2`, `at async name (node:…:1:2)`. */
const PLACE = /^\s+at (?:[\w$.<>[\]# ]{1,200} \()?(?:file:\/\/\/|node:|\/)[^\s()]+:\d+:\d+\)?$/

/** The nearest first, at most so many. */
export function placesOf(error: Error, most: number): readonly string[] {
  const { stack = '', message } = error
  const told = stack.indexOf(message) // -1: it was changed since
  const lines = stack.slice(told < 0 ? 0 : told + message.length).split('\n')
  return lines
    .filter((line) => PLACE.test(line))
    .slice(0, most)
    .map((line) => line.trim())
}
