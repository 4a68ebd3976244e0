/**
 * `npm run check`: the quality gate, for people and for CI. Runs every step, two at a time, and prints a table; what a failing step
 * said follows. `npm run check -- types layers` runs only those. Ends with 1 when a step failed, 2 when a named one does not exist.
 */
import { type Outcome, STEPS, type Step } from './check/steps.ts'

interface Result {
  readonly step: Step
  readonly outcome: Outcome
  readonly seconds: number
}

async function timed(step: Step): Promise<Result> {
  const started = performance.now()
  const outcome = await step
    .run()
    .catch((error: unknown) => ({ ok: false, said: error instanceof Error ? (error.stack ?? error.message) : 'failed' }))
  return { step, outcome, seconds: (performance.now() - started) / 1000 }
}

async function inTwos(steps: readonly Step[]): Promise<Result[]> {
  const waiting = [...steps]
  const results: Result[] = []
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) results.push(await timed(step))
  }
  await Promise.all([lane(), lane()])
  return results.sort((a, b) => steps.indexOf(a.step) - steps.indexOf(b.step))
}

function report(results: readonly Result[]): string {
  const failed = results.filter(({ outcome }) => !outcome.ok)
  const details = failed.map(({ step, outcome }) => `── ${step.name} ${'─'.repeat(60 - step.name.length)}\n${outcome.said.trim()}\n`)
  const rows = results.map(({ step, outcome, seconds }) => {
    return `${outcome.ok ? 'ok    ' : 'FAILED'}  ${step.name.padEnd(10)}  ${seconds.toFixed(1).padStart(5)} s  ${step.sees}`
  })
  const sum = failed.length === 0 ? 'All steps are well.' : `Not well: ${failed.map(({ step }) => step.name).join(', ')}.`
  return `${[...details, ...rows].join('\n')}\n${sum}\n`
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !STEPS.some((step) => step.name === name))
if (unknown.length > 0) {
  process.stderr.write(`check: no such step. The steps are: ${STEPS.map((step) => step.name).join(', ')}\n`)
  process.exitCode = 2
} else {
  const results = await inTwos(names.length === 0 ? STEPS : STEPS.filter((step) => names.includes(step.name)))
  process.stdout.write(report(results))
  process.exitCode = results.every(({ outcome }) => outcome.ok) ? 0 : 1
}
