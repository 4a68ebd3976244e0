/**
 * Where resources stand in Parameters: parameter.resource, and that of parts, in any depth a record may have. Refuses Parameters whose rest is not
 * valid FHIR or changes the meaning of what they hold. The rest is only looked at: no value of a parameter is kept.
 */
import { validateResource } from '../../generated/fhir-validate.js'
import { itemsOf, type Spans, without } from './items.ts'
import { elementPath, findModifier } from './path.ts'
import { parseObject, type RecordLimits, type Refused, refuse } from './read.ts'
import { type Screened, screen } from './screen.ts'

/** Bytes [start, end). */
export interface Place {
  readonly start: number
  readonly end: number
}

/** A resource, and the parameter it stands in: `Parameters.parameter[0].part[2]`. */
export interface Placed extends Place {
  readonly path: string
}

const RESOURCE = Buffer.from('resource')
const PARAMETER = Buffer.from('parameter')
const PART = Buffer.from('part')

/** The resources of the Parameters at bytes[start, end), in order. */
export function resourcesOfParameters(bytes: Buffer, start: number, end: number, limits: RecordLimits): Placed[] {
  const parameters = itemsOf(bytes, start, end, PARAMETER)
  return resourcesIn(bytes, parameters, (n) => `Parameters.parameter[${n}]`, limits.depth / 2)
}

/** A resource that is valid and empty. */
const STAND_IN = '{"resourceType":"Parameters"}'

/** Why what stands around the resources of Parameters is not acceptable, or null. */
export function refusalOfParameters(
  bytes: Buffer,
  start: number,
  end: number,
  resources: readonly Placed[],
  limits: RecordLimits
): Refused | null {
  const spans = resources.flatMap((resource) => [resource.start, resource.end])
  const text = without(bytes, start, end, spans, STAND_IN)
  const screened = screenOf(text, limits.depth)
  if (screened.tooDeep) return refuse('too-deep', 'Parameters')
  if (screened.escapedKey) return refuse('not-fhir', 'Parameters.?')
  const shell = parseObject(text, screened.keys)
  if ('code' in shell) return shell
  if (!validateResource(shell.object)) return refuse('not-fhir', elementPath('Parameters', validateResource.errors?.[0]))
  const found = findModifier(shell.object, 'Parameters')
  return found === null ? null : refuse(found.code, found.path)
}

function screenOf(text: string, depth: number): Screened {
  const bytes = Buffer.from(text)
  return screen(bytes, 0, bytes.length, depth)
}

/** As many `levels` deep as a record may nest; what is deeper is left in the shell, and too deep there. */
function resourcesIn(bytes: Buffer, parameters: Spans, path: (n: number) => string, levels: number): Placed[] {
  const found: Placed[] = []
  for (let i = 0; i < parameters.length; i += 2) {
    const [start = 0, end = 0] = parameters.slice(i, i + 2)
    const here = path(i / 2)
    const { memberStart, memberEnd } = screen(bytes, start, end, levels, RESOURCE)
    if (memberStart >= 0) found.push({ start: memberStart, end: memberEnd, path: here })
    if (levels > 0) found.push(...resourcesIn(bytes, itemsOf(bytes, start, end, PART), (n) => `${here}.part[${n}]`, levels - 1))
  }
  return found.sort((a, b) => a.start - b.start)
}
