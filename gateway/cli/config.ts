/** `sallyport config`: prints the effective configuration as JSON, or the variables it is made from. Never prints a secret. */
import { Command } from 'commander'
import { environmentSchema, readConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'

function variables(): string {
  const rows = Object.entries(environmentSchema().properties).map(([name, { description, default: fallback }]) => {
    return `${name}${fallback === undefined ? '' : ` (${String(fallback)})`}\n    ${description}`
  })
  return `${rows.join('\n')}\n`
}

function effective(): string {
  const { config, secrets } = readConfig(readEnvironment())
  const database = secrets.databaseUrl === null ? 'embedded' : '[secret]'
  const keysFromEnvironment = [...secrets.keys.keys()]
  return `${JSON.stringify({ ...config, database, keysFromEnvironment }, null, 2)}\n`
}

export function command(): Command {
  return new Command('config')
    .description('print the effective configuration, without secrets')
    .option('--variables', 'list every environment variable, its default and what it means')
    .action((options: { variables?: true }) => {
      process.stdout.write(options.variables === true ? variables() : effective())
    })
}
