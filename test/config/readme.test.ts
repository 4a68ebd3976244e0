/** The table of settings in README.md is that of the schema: operators read nothing else. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'

interface Setting {
  readonly description: string
  readonly default?: string
}

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('README.md: settings', () => {
  it('each property of schemas/config/environment.json stands there as it is described, and no other', () => {
    const { properties } = JSON.parse(textOf('schemas/config/environment.json')) as { properties: Readonly<Record<string, Setting>> }
    const rows = textOf('README.md').matchAll(/^\| `([A-Z_]+)` \| .* \| (.*) \|$/gm)
    const found = Object.fromEntries([...rows].map(([, name = '', says = '']) => [name, says]))
    const described = Object.entries(properties).map(([name, { description }]) => [name, description] as const)
    expect(found).to.deep.equal(Object.fromEntries(described))
  })
})
