/**
 * A document of blocks as PDF (ISO 32000-1), with a file attached. Decides the layout: Letter, Helvetica of the standard 14 in WinAnsi, so that no font need be
 * embedded. A character that WinAnsi lacks stands as [U+…]: it neither fails nor vanishes, and a line says so. Written by hand for it needs five kinds of
 * object, and because the same accounting must give the same bytes: their hash stands in the log.
 */
import { type Block, wrap } from './document.ts'

export interface Attachment {
  readonly name: string
  readonly bytes: Buffer
}

const PAGE = { width: 612, height: 792, margin: 60 }

const STYLES: {
  readonly [style in Block['style']]: {
    readonly font: 'F1' | 'F2'
    readonly size: number
    readonly before: number
    readonly indent: number
  }
} = {
  title: { font: 'F2', size: 16, before: 0, indent: 0 },
  heading: { font: 'F2', size: 11.5, before: 12, indent: 0 },
  text: { font: 'F1', size: 10, before: 7, indent: 0 },
  item: { font: 'F1', size: 10, before: 2, indent: 14 }
}

/** Widths of Helvetica from space to tilde, in thousandths of the size (Adobe AFM). */
const WIDTHS =
  '278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584'
    .split(' ')
    .map(Number)

/** Bytes 0x80 to 0x9F of WinAnsi; a dot is none. The rest above is Latin-1. */
const HIGH = '€.‚ƒ„…†‡ˆ‰Š‹Œ.Ž..‘’“”•–—˜™š›œ.žŸ'
const WIN: ReadonlyMap<string, number> = new Map([...HIGH].flatMap((letter, n) => (letter === '.' ? [] : [[letter, 0x80 + n] as const])))

const MISSING = 'Letters that this form cannot show stand as [U+…], by their number in Unicode; the text form shows them.'

function byteOf(letter: string): number | null {
  const code = letter.codePointAt(0) ?? 0
  const plain = (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff)
  return plain ? code : (WIN.get(letter) ?? null)
}

/** The text in letters that WinAnsi has; each other as its number in brackets. */
export function shownIn(text: string): string {
  return [...text.normalize('NFC')]
    .map((letter) => (byteOf(letter) === null ? `[U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]` : letter))
    .join('')
}

/** A width no text exceeds: letters above ASCII count as the widest, and bold ones as a tenth wider. */
function widthOf(text: string, { font, size }: { readonly font: 'F1' | 'F2'; readonly size: number }): number {
  const units = [...text].reduce((sum, letter) => sum + (WIDTHS[(letter.codePointAt(0) ?? 0) - 0x20] ?? 1000), 0)
  return (units / 1000) * size * (font === 'F2' ? 1.1 : 1)
}

/** A string of PDF: what is no plain letter as octal. */
function literal(text: string): string {
  const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`
  const safe = [...text].map((letter) => (/[A-Za-z0-9 .,:;/+=[\]_-]/.test(letter) ? letter : octal(byteOf(letter) ?? 0x3f)))
  return `(${safe.join('')})`
}

/** The drawing of each page. */
function pagesOf(blocks: readonly Block[]): string[] {
  const pages: string[][] = [[]]
  let y = PAGE.height - PAGE.margin
  for (const { style, text } of blocks) {
    const look = STYLES[style]
    y -= look.before
    const width = PAGE.width - 2 * PAGE.margin - 2 * look.indent
    wrap(shownIn(text), width, (part) => widthOf(part, look)).forEach((line, n) => {
      const leading = look.size * 1.35
      if (y - leading < PAGE.margin) {
        pages.push([])
        y = PAGE.height - PAGE.margin
      }
      y -= leading
      const x = PAGE.margin + look.indent * (n === 0 ? 1 : 2)
      pages.at(-1)?.push(`BT /${look.font} ${look.size} Tf ${x} ${y.toFixed(2)} Td ${literal(line)} Tj ET`)
    })
  }
  return pages.map((lines, n) => {
    const foot = `BT /F1 8 Tf ${PAGE.margin} ${PAGE.margin / 2} Td ${literal(`Page ${n + 1} of ${pages.length}`)} Tj ET`
    return [...lines, foot].join('\n')
  })
}

/** Objects of a file as they are numbered; the first is the catalog. */
class Objects {
  readonly #bodies: Buffer[] = []

  /** A number that `set` fills later. */
  reserve(): number {
    return this.#bodies.push(Buffer.alloc(0))
  }

  set(number: number, body: string | Buffer): void {
    this.#bodies[number - 1] = Buffer.from(body)
  }

  add(body: string | Buffer): number {
    const number = this.reserve()
    this.set(number, body)
    return number
  }

  stream(dictionary: string, bytes: Buffer): number {
    return this.add(
      Buffer.concat([Buffer.from(`<< ${dictionary} /Length ${bytes.length} >>\nstream\n`), bytes, Buffer.from('\nendstream')])
    )
  }

  file(trailer: string): Buffer {
    const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')]
    let at = parts[0]?.length ?? 0
    const places = this.#bodies.map((body, n) => {
      const place = at
      const whole = Buffer.concat([Buffer.from(`${n + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')])
      parts.push(whole)
      at += whole.length
      return `${String(place).padStart(10, '0')} 00000 n \n`
    })
    const size = this.#bodies.length + 1
    const table = `xref\n0 ${size}\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size ${size} ${trailer} >>\nstartxref\n${at}\n%%EOF\n`
    return Buffer.concat([...parts, Buffer.from(table)])
  }
}

/** `at`: the moment it was made, RFC 3339. */
export function pdfOf(blocks: readonly Block[], { title, at, attachment }: { title: string; at: string; attachment: Attachment }): Buffer {
  const complete = blocks.every(({ text }) => shownIn(text) === text.normalize('NFC'))
  const pages = pagesOf(complete ? blocks : [...blocks, { style: 'text', text: MISSING }])
  const objects = new Objects()
  const [catalog, tree] = [objects.reserve(), objects.reserve()]
  const font = (name: string): number => objects.add(`<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`)
  const fonts = `<< /F1 ${font('Helvetica')} 0 R /F2 ${font('Helvetica-Bold')} 0 R >>`
  const kids = pages.map((drawing) => {
    const content = objects.stream('', Buffer.from(drawing, 'latin1'))
    return `${objects.add(`<< /Type /Page /Parent ${tree} 0 R /Contents ${content} 0 R >>`)} 0 R`
  })
  objects.set(
    tree,
    `<< /Type /Pages /Count ${kids.length} /Kids [${kids.join(' ')}] /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] /Resources << /Font ${fonts} >> >>`
  )
  const embedded = objects.stream(
    `/Type /EmbeddedFile /Subtype /application#2Fjson /Params << /Size ${attachment.bytes.length} >>`,
    attachment.bytes
  )
  const name = literal(attachment.name)
  const file = objects.add(`<< /Type /Filespec /F ${name} /UF ${name} /AFRelationship /Data /EF << /F ${embedded} 0 R >> >>`)
  objects.set(
    catalog,
    `<< /Type /Catalog /Pages ${tree} 0 R /Lang (en-US) /Names << /EmbeddedFiles << /Names [${name} ${file} 0 R] >> >> >>`
  )
  const created = `(D:${at.replace(/[^0-9]/g, '').slice(0, 14)}Z)`
  const told = objects.add(`<< /Title ${literal(title)} /Producer (Sallyport) /CreationDate ${created} >>`)
  return objects.file(`/Root ${catalog} 0 R /Info ${told} 0 R`)
}
