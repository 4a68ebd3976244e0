/**
 * What a table of proofs may say of sources: the code by which a stage refuses, and the test that shows it. A refusal is a throw or a return with the conditions that lead to it and the
 * constants it names, comments left out. A test is named by its whole title, or by a whole piece of it where the title is made of pieces, that stands once in its file; or by words that
 * stand in one text of it alone.
 */
import { existsSync, readFileSync } from 'node:fs'
import ts from 'typescript'

/** '' where no such file is there: paths from test/. */
export function sourceOf(...paths: readonly string[]): string {
  const found = paths.map((path) => new URL(`../${path}`, import.meta.url)).find((url) => existsSync(url))
  return found === undefined ? '' : readFileSync(found, 'utf8')
}

const printer = ts.createPrinter({ removeComments: true })

/** Each refusal as one line of code. */
export function refusalsIn(source: string): readonly string[] {
  const file = ts.createSourceFile('stage.ts', source, ts.ScriptTarget.Latest, true)
  const print = (node: ts.Node): string => printer.printNode(ts.EmitHint.Unspecified, node, file).replace(/\s+/g, ' ')
  const constants = new Map<string, string>()
  const found: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node))
      for (const name of namesIn(node.name)) constants.set(name, `${constants.get(name) ?? ''} ${print(node)}`)
    if (ts.isThrowStatement(node) || ts.isReturnStatement(node)) found.push(node)
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) found.push(node.body)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found.map((node) => {
    const said = [print(node), ...conditionsOf(node).map(print)].join(' ')
    const named = new Set(said.match(/[A-Za-z_$][\w$]*/g))
    return [said, ...[...constants].flatMap(([name, text]) => (named.has(name) ? text : []))].join(' ')
  })
}

function namesIn(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []))
}

/** The `if` around it, and of a `catch` what was tried. */
function conditionsOf(node: ts.Node): readonly ts.Node[] {
  const around = ts.isBlock(node.parent) ? node.parent.parent : node.parent
  if (ts.isIfStatement(around)) return [around.expression]
  return ts.isCatchClause(around) ? [around.parent.tryBlock] : []
}

/** How often a test of that title, or of that whole piece of one, stands in a source. */
export function timesTitled(source: string, title: string): number {
  return source
    .split(title)
    .slice(1)
    .filter((rest, at) => {
      const before = source
        .split(title)
        .slice(0, at + 1)
        .join(title)
      return /(?:['"`]|\}|: )$/.test(before) && /^(?:['"`]|\$\{)/.test(rest)
    }).length
}

/** In how many texts of a source (string literals, pieces of templates; no comment, no code) these words stand. */
export function textsWith(source: string, words: string): number {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node))
      found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest, true))
  return found.filter((text) => text.includes(words)).length
}

/** Tests of it that never run, or that alone do. */
export const LEFT_OUT = /\b(?:it|describe)\.(?:skip|only)\(/

/** Tests of it that do not run everywhere. */
export const MAY_SKIP = /\b(?:this|test)\.skip\(\)|shared-data\.ts/
