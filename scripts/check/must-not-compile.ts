/**
 * Programs that must not compile: each file of test/types marks the lines the compiler has to refuse with `// refused: TS<code>`. Fails
 * when a marked line compiles, when another line does not, and when there is no file or a file without a mark.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'

const MARK = /\/\/ refused: TS(\d+)\s*$/

/** The house's own settings, so that what is refused here is refused there. */
function settings(root: string): ts.CompilerOptions {
  const read = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  return ts.parseJsonConfigFileContent(read.config, ts.sys, root).options
}

/** `line:code` for each mark, lines counted from 1. */
function wanted(path: string): Set<string> {
  const marks = new Set<string>()
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    const mark = MARK.exec(line)
    if (mark?.[1] !== undefined) marks.add(`${index + 1}:${mark[1]}`)
  }
  return marks
}

function found(program: ts.Program, path: string): Set<string> {
  const source = program.getSourceFile(path)
  if (source === undefined) throw new Error(`${path} was not read`)
  return new Set(
    ts
      .getPreEmitDiagnostics(program, source)
      .map((diagnostic) => `${source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1}:${diagnostic.code}`)
  )
}

/** What is wrong, one sentence each; empty when every program is refused as it says. */
export function mustNotCompile(root: string, folder = join(root, 'test/types')): string[] {
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
  if (paths.length === 0) return ['test/types holds no program: the check would prove nothing']
  const program = ts.createProgram(paths, settings(root))
  return paths.flatMap((path) => {
    const marks = wanted(path)
    const errors = found(program, path)
    if (marks.size === 0) return [`${basename(path)} marks no line`]
    const compiled = [...marks]
      .filter((mark) => !errors.has(mark))
      .map((mark) => `${basename(path)}:${mark} should be refused, but compiles`)
    const surprising = [...errors]
      .filter((error) => !marks.has(error))
      .map((error) => `${basename(path)}:${error} is refused without a mark`)
    return [...compiled, ...surprising]
  })
}
