/**
 * Makes gateway/generated/policy.ts: one interface for each JSON schema in schemas/policy, named by its title, in the order of their file names.
 * Decides nothing; refuses two definitions of one name that differ.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile } from 'json-schema-to-typescript'

const FOLDER = new URL('../../schemas/policy/', import.meta.url)
const HEAD = '/** Made by scripts/generate.ts from schemas/policy: edit the schemas, not this file. */\n'
const STYLE = { singleQuote: true, semi: false, trailingComma: 'none', printWidth: 140, tabWidth: 2, useTabs: false } as const

/** The text of gateway/generated/policy.ts. */
export async function policyTypes(): Promise<string> {
  const declarations = new Map<string, string>()
  for (const file of readdirSync(FOLDER).toSorted()) {
    if (!file.endsWith('.json')) continue
    const schema = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
    const text = await compile(schema, schema.title, { bannerComment: '', cwd: fileURLToPath(FOLDER), style: STYLE })
    for (const declaration of split(text)) {
      const name = /export (?:interface|type) (\w+)/.exec(declaration)?.[1] ?? ''
      const known = declarations.get(name)
      if (known !== undefined && known !== declaration) throw new Error(`${name} is defined twice, and differently`)
      declarations.set(name, declaration)
    }
  }
  return `${HEAD}\n${[...declarations.values()].join('')}`
}

/** One declaration with its comment each. */
function split(text: string): string[] {
  return text.split(/(?=^\/\*\*\n(?:(?! \*\/).*\n)* \*\/\nexport )|(?<!\*\/\n)(?=^export )/m).filter((part) => part.trim() !== '')
}
