/**
 * Comma-separated values (RFC 4180; also by semicolon, tab or bar, whichever the first line holds most). Decides what is a row: as many fields as the
 * first line has, each quote closed at the end of its field, in UTF-8. Refuses the others, by line number: read otherwise they could look alike. A quote
 * that is never closed takes the rest of the file.
 */

export interface CsvReader {
  /** One line of the file. */
  push(line: string, number: number): void
  end(): void
}

interface Taker {
  /** The first row: names of columns. */
  header(names: readonly string[]): void
  row(fields: readonly string[]): void
  reject(line: number): void
}

const DELIMITERS = [',', ';', '\t', '|'] as const
const LONGEST = 1024 * 1024
/** What stands for bytes that are no UTF-8: different ones become the same. */
export const UNREADABLE = '\uFFFD'

export function createCsvReader(taker: Taker): CsvReader {
  let width = 0
  let delimiter = ','
  /** the lines of a row whose quote is not closed yet, and where it began */
  let open: { readonly text: string; readonly line: number } | null = null
  const record = (text: string, line: number): void => {
    if (width === 0) delimiter = delimiterOf(text)
    const fields = text.includes('"') ? quotedFields(text, delimiter) : text.split(delimiter)
    const sound = fields !== null && !text.includes(UNREADABLE)
    if (sound && width === 0) {
      width = fields.length
      taker.header(fields)
    } else if (sound && fields.length === width) taker.row(fields)
    else taker.reject(line)
  }
  return {
    push: (line, number) => {
      if (open === null && (line === '' || !line.includes('"'))) {
        if (line !== '') record(line, number)
        return
      }
      const [text, began]: [string, number] = open === null ? [line, number] : [`${open.text}\n${line}`, open.line]
      if (closed(line) !== (open !== null)) {
        open = null
        record(text, began)
      } else if (text.length > LONGEST) {
        open = null
        taker.reject(began)
      } else open = { text, line: began }
    },
    end: () => {
      if (open !== null) taker.reject(open.line)
    }
  }
}

/** Whether the line has an even number of quotes. */
function closed(line: string): boolean {
  let even = true
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) even = !even
  return even
}

function delimiterOf(text: string): string {
  const count = (delimiter: string): number => text.split(delimiter).length
  return DELIMITERS.reduce<string>((best, each) => (count(each) > count(best) ? each : best), ',')
}

/** A field that begins with a quote ends with one; a quote inside is doubled. null: something stands behind the closing quote. */
function quotedFields(text: string, delimiter: string): string[] | null {
  const fields: string[] = []
  let at = 0
  while (at <= text.length) {
    const quoted = text[at] === '"'
    const end = quoted ? closingQuote(text, at + 1) : text.indexOf(delimiter, at)
    const stop = end < 0 ? text.length : end
    fields.push(quoted ? text.slice(at + 1, stop).replaceAll('""', '"') : text.slice(at, stop))
    const next = quoted ? stop + 1 : stop
    if (next >= text.length && (!quoted || end >= 0)) return fields
    if (text[next] !== delimiter) return null
    at = next + 1
  }
  return fields
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}
