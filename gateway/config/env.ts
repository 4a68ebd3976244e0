/**
 * The only reader of process.env. Takes the variables that are the gateway's own: those that begin with SALLYPORT_ and
 * the few shared names of the schema. An empty variable counts as unset, as Compose and shells write it.
 */

/** The gateway's own variables, by name, as text. */
export type Environment = Readonly<Record<string, string>>

const SHARED = ['DATABASE_URL', 'DATABASE_URL_FILE', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const

/** Reads the environment once; pass the answer on. */
export function readEnvironment(): Environment {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || value === '') continue
    if (name.startsWith('SALLYPORT_') || SHARED.some((shared) => shared === name)) found[name] = value
  }
  return found
}
