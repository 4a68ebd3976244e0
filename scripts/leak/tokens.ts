/** How the leak scan cuts text: words, identifier-like runs, long digit runs, dates in the ways people and machines write them. */

/** Words of three letters or digits and more, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []
}

/** Runs without blanks as ids, mail addresses and numbers are written; also their pieces between slashes, colons, bars and hashes. */
export function runsOf(text: string): string[] {
  const runs = text.toLowerCase().match(/[\p{L}\p{N}@._+/:|#=-]{3,}/gu) ?? []
  return runs.flatMap((run) => {
    const trimmed = run.replace(/^[._:/-]+|[._:/-]+$/g, '')
    return /[/:|#=]/.test(trimmed) ? [trimmed, ...trimmed.split(/[/:|#=]+/)] : [trimmed]
  })
}

/** Numbers of seven digits and more however they are punctuated: (617) 555-0100 is 6175550100. */
export function digitRunsOf(text: string): string[] {
  const runs = text.match(/(?<![\p{L}\p{N}-])\(?\d[\d\s().-]{5,}\d(?![\p{L}\p{N}-])/gu) ?? []
  return runs.map((run) => run.replace(/\D/g, '')).filter((digits) => digits.length >= 7)
}

/** Every full date in a text as 2024-05-01, whether it was written 2024-05-01…, 20240501, 5/1/2024 or 05-01-2024. */
export function datesOf(text: string): string[] {
  const found: string[] = []
  for (const match of text.matchAll(/(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)/g)) found.push(`${match[1]}-${match[2]}-${match[3]}`)
  for (const match of text.matchAll(/(?<![\da-z-])((?:19|20)\d{2})(\d{2})(\d{2})(?![\da-z-])/gi))
    found.push(`${match[1]}-${match[2]}-${match[3]}`)
  for (const match of text.matchAll(/(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)/g)) {
    found.push(`${match[3]}-${(match[1] ?? '').padStart(2, '0')}-${(match[2] ?? '').padStart(2, '0')}`)
  }
  return found.filter((date) => /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(date))
}
