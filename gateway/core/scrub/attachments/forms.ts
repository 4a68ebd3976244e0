/**
 * A form of HTML as the text a reader sees of it: [x] and [ ] for boxes and round buttons, what was chosen of a list, what was written into a field.
 * Without it "☐ full code" would read as one. What belongs to a form and shows nothing of that is dropped by xhtml.ts.
 */
import type { Node } from './markup.ts'

type Open = Extract<Node, { kind: 'open' }>

/** HTML Standard §4.10.5: types of input whose value a reader sees. */
const WRITTEN: ReadonlySet<string> = new Set([
  '',
  'text',
  'search',
  'tel',
  'url',
  'email',
  'number',
  'date',
  'month',
  'week',
  'time',
  'datetime-local'
])
const BOXES: ReadonlySet<string> = new Set(['checkbox', 'radio'])

/** The same nodes with text in place of fields; what is in a list but was not chosen is gone. */
export function filledIn(nodes: readonly Node[]): readonly Node[] {
  if (!nodes.some((node) => node.kind === 'open' && FIELDS.has(node.name))) return nodes
  const made: Node[] = []
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at] as Node // within the list
    if (node.kind === 'text' || !FIELDS.has(node.name)) made.push(node)
    else if (node.kind === 'open' && node.name === 'input') made.push(...textNode(inputText(node)))
    else if (node.kind === 'open' && node.name === 'select') {
      const end = endOf(nodes, at)
      made.push(...textNode(chosenIn(nodes.slice(at + 1, end))))
      at = end
    }
  }
  return made
}

/** A textarea loses its tags alone. */
const FIELDS: ReadonlySet<string> = new Set(['input', 'select', 'textarea'])

function textNode(text: string): Node[] {
  return text === '' ? [] : [{ kind: 'text', text: `${text} ` }]
}

function inputText({ attributes }: Open): string {
  const type = (attributes.get('type') ?? '').toLowerCase()
  if (BOXES.has(type)) return attributes.has('checked') ? '[x]' : '[ ]'
  return WRITTEN.has(type) ? (attributes.get('value') ?? '') : ''
}

/** Where what opens at `from` closes, or the list ends. */
function endOf(nodes: readonly Node[], from: number): number {
  let depth = 0
  for (let at = from; at < nodes.length; at++) {
    depth += STEP[nodes[at]?.kind ?? 'text']
    if (depth === 0) return at
  }
  return nodes.length
}

const STEP: Readonly<Record<Node['kind'], number>> = { open: 1, close: -1, text: 0 }

/** The texts of the options that were chosen; none where none was: the first, which a browser shows, may be no answer. */
function chosenIn(nodes: readonly Node[]): string {
  const chosen: string[][] = []
  let isWithin = false
  for (const node of nodes) {
    if (node.kind === 'text') {
      if (isWithin) chosen.at(-1)?.push(node.text)
    } else if (node.name === 'option') {
      isWithin = node.kind === 'open' && node.attributes.has('selected')
      if (isWithin) chosen.push([])
    }
  }
  return chosen.map((texts) => texts.join('').trim()).join(', ')
}
