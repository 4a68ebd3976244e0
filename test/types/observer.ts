/** Telemetry carries listed attributes only: an event with a word more, or a span named after something else, does not compile. */
import { createObserver } from '../../gateway/observe/observer.ts'
import { span } from '../../gateway/observe/span.ts'

const observer = createObserver({ level: 'info' })
observer.tokenGranted({ party: 'demo-hospital' })
observer.tokenGranted({ party: 'demo-hospital', patient: 'Ann' }) // refused: TS2353
observer.tokenGranted({}) // refused: TS2345
observer.patientSeen({}) // refused: TS2339

export const named = span('gate', { party: 'demo-hospital' }, async () => 1)
export const unnamed = span('Ann', {}, async () => 1) // refused: TS2345
export const talkative = span('gate', { birthDate: '1931-02-03' }, async () => 1) // refused: TS2353
