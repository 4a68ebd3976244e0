/**
 * The text a reader sees of an RTF document (RTF 1.9.1): paragraphs, cells and breaks as lines and tabs, bytes by their font's code page, \u as written.
 * What stands high or low is told by ^ and _, what is struck by a mark in its place. Running heads, hidden and deleted text, pictures, fields' instructions, properties and every destination that is not known are left out. Linear.
 */
import type { Refusal } from './refusal.ts'
import { STRUCK } from './runs.ts'

/** Of a group; an inner group begins with its outer one's. */
interface Group {
  skipped: boolean
  hidden: boolean
  struck: boolean
  /** what its letters are written behind: ^ where they stand high, _ where low */
  raised: '' | '^' | '_'
  /** characters that stand for one \u where it is not understood */
  fallback: number
  font: number
}

interface State {
  readonly out: string[]
  readonly groups: Group[]
  group: Group
  /** characters to leave out, behind a \u */
  pending: number
  page: string
  /** code page of each font of the table */
  readonly fonts: Map<number, string>
  /** of what was written last */
  struck: boolean
  raised: Group['raised']
  /** the control before was \* */
  starred: boolean
  refused: Refusal | null
}

const DEEPEST = 500
/** Destinations whose text is no text of the document. */
const SKIPPED: ReadonlySet<string> = new Set(
  (
    'fonttbl colortbl stylesheet info pict object objdata header headerl headerr headerf footer footerl footerr footerf fldinst filetbl listtable ' +
    'listoverridetable revtbl rsidtbl xmlnstbl themedata colorschememapping datastore latentstyles generator userprops bkmkstart bkmkend annotation ' +
    'atnid atnauthor atndate atnref xe tc template title author operator comment keywords subject nonshppict'
  ).split(' ')
)
const SIGNS: ReadonlyMap<string, string> = new Map([
  ...'par line sect page column row softline softpage'.split(' ').map((word): [string, string] => [word, '\n']),
  ...'tab cell nestcell'.split(' ').map((word): [string, string] => [word, '\t']),
  ['nestrow', '\n'],
  ['emdash', '—'],
  ['endash', '–'],
  ['lquote', '‘'],
  ['rquote', '’'],
  ['ldblquote', '“'],
  ['rdblquote', '”'],
  ['bullet', '•'],
  ['emspace', ' '],
  ['enspace', ' ']
])
const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['~', ' '],
  ['_', '-'],
  ['-', ''],
  ['\\', '\\'],
  ['{', '{'],
  ['}', '}'],
  ['\n', '\n'],
  ['\r', '\n']
])
/** \fcharset to code page. */
const CHARSETS: ReadonlyMap<number, string> = new Map([
  [161, '1253'],
  [162, '1254'],
  [163, '1258'],
  [177, '1255'],
  [178, '1256'],
  [186, '1257'],
  [204, '1251'],
  [238, '1250']
])
/** A control word with its number, a byte, a symbol, a brace, or text; sticky, and each alternative is told from the others by its first characters. */
const TOKEN = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\/gy

/** `bytes` as Latin-1. */
export function rtfText(bytes: string): { readonly text: string } | Refusal {
  const state: State = {
    out: [],
    groups: [],
    group: { skipped: false, hidden: false, struck: false, raised: '', fallback: 1, font: -1 },
    pending: 0,
    page: '1252',
    fonts: new Map(),
    struck: false,
    raised: '',
    starred: false,
    refused: null
  }
  const letters = createLetters()
  const token = new RegExp(TOKEN)
  for (let found = token.exec(bytes); found !== null && state.refused === null; found = token.exec(bytes)) {
    // bytes as they are, such as of a picture
    if (found[1] === 'bin') token.lastIndex += Math.max(0, Number(found[2] ?? 0))
    else take(state, found, letters)
  }
  return state.refused ?? { text: state.out.join('') }
}

function take(state: State, [, word, number, byte, symbol, brace, text]: RegExpExecArray, letters: Letters): void {
  if (word !== undefined) control(state, word, number === undefined ? null : Number(number))
  else if (byte !== undefined) one(state, letters(pageOf(state), Number.parseInt(byte, 16)))
  else if (symbol !== undefined) sign(state, symbol)
  else if (brace !== undefined) turn(state, brace)
  else if (text !== undefined) plain(state, text, letters)
}

function pageOf(state: State): string {
  return state.fonts.get(state.group.font) ?? state.page
}

type Letters = (page: string, byte: number) => string | null

/** The letter of a byte under a code page of one byte a letter; null where there is none. */
function createLetters(): Letters {
  const pages = new Map<string, InstanceType<typeof TextDecoder> | null>()
  return (page, byte) => {
    if (byte < 0x80) return String.fromCharCode(byte)
    if (!pages.has(page)) pages.set(page, /^125[0-8]$/.test(page) ? new TextDecoder(`windows-${page}`) : null)
    return pages.get(page)?.decode(Uint8Array.of(byte)) ?? null
  }
}

function turn(state: State, brace: string): void {
  state.starred = false
  state.pending = 0
  if (brace === '{') {
    state.groups.push(state.group)
    state.group = { ...state.group }
    if (state.groups.length > DEEPEST) state.refused = 'too-complex'
  } else state.group = state.groups.pop() ?? state.group
}

function control(state: State, word: string, number: number | null): void {
  const { group } = state
  if (SKIPPED.has(word) || state.starred) group.skipped = true
  state.starred = false
  if (state.pending > 0) {
    state.pending--
    return
  }
  const mark = SIGNS.get(word)
  if (mark !== undefined) put(state, mark)
  else CONTROLS.get(word)?.(state, number)
}

type Act = (state: State, number: number | null) => void

const CONTROLS: ReadonlyMap<string, Act> = new Map<string, Act>([
  ['u', unicode],
  ['v', hide],
  ['deleted', hide],
  ['strike', strike],
  ['striked', strike],
  ['super', (state, number) => raise(state, number === 0 ? '' : '^')],
  ['sub', (state, number) => raise(state, number === 0 ? '' : '_')],
  ['up', (state, number) => raise(state, number === 0 ? '' : '^')],
  ['dn', (state, number) => raise(state, number === 0 ? '' : '_')],
  ['nosupersub', (state) => raise(state, '')],
  [
    'plain',
    (state) => {
      hide(state, 0)
      strike(state, 0)
      raise(state, '')
    }
  ],
  ['uc', setFallback],
  ['f', setFont],
  ['fcharset', setFontsPage],
  ['ansicpg', (state, number) => setPage(state, String(number))],
  ['mac', (state) => setPage(state, 'mac')],
  ['pc', (state) => setPage(state, '437')],
  ['pca', (state) => setPage(state, '850')]
])

function hide({ group }: State, number: number | null): void {
  group.hidden = number !== 0
}

function strike({ group }: State, number: number | null): void {
  group.struck = number !== 0
}

function raise({ group }: State, raised: Group['raised']): void {
  group.raised = raised
}

function setFallback({ group }: State, number: number | null): void {
  group.fallback = Math.min(Math.max(number ?? 1, 0), 16)
}

function setFont({ group }: State, number: number | null): void {
  group.font = number ?? -1
}

function setPage(state: State, page: string): void {
  state.page = page
}

/** ANSI, the default and symbols are of the document's page; charsets of more than a byte a letter are not read. */
function setFontsPage({ group, fonts }: State, number: number | null): void {
  if ((number ?? 0) > 2) fonts.set(group.font, CHARSETS.get(number ?? 0) ?? 'unknown')
}

/** \u has a signed number of 16 bits. */
function unicode(state: State, number: number | null): void {
  put(state, String.fromCharCode((number ?? 0xfffd) & 0xffff))
  state.pending = state.group.fallback
}

function sign(state: State, symbol: string): void {
  if (symbol === '*') {
    state.starred = true
    return
  }
  one(state, SYMBOLS.get(symbol) ?? '')
}

/** One letter, which may be what stands for a \u. */
function one(state: State, letter: string | null): void {
  if (state.pending > 0) state.pending--
  else if (letter === null && !state.group.skipped) state.refused = 'charset'
  else put(state, letter ?? '')
}

/** Text as it stands: ASCII, but for writers that break the rule. */
function plain(state: State, text: string, letters: Letters): void {
  const left = text.slice(state.pending)
  state.pending = Math.max(0, state.pending - text.length)
  if (!/[\u0080-\u00ff]/.test(left)) put(state, left)
  else for (const char of left) one(state, letters(pageOf(state), char.charCodeAt(0)))
}

function put(state: State, text: string): void {
  const { group, out } = state
  if (group.skipped || group.hidden || text === '') return
  if (group.struck) {
    if (!state.struck) out.push(STRUCK)
    state.struck = true
    return
  }
  state.struck = false
  if (group.raised !== state.raised) out.push(group.raised === '' && /^\p{N}/u.test(text) ? ' ' : group.raised)
  state.raised = group.raised
  out.push(text)
}
