/** What an officer holds beyond his or her file for a while: told loudly by every replica when it begins and when it ends, and ended when its time is over. Decides nothing. */
import { codeOf } from './core/errors.ts'
import type { House } from './exchange/house.ts'
import { type Emergencies, endOverdue, openEmergencies } from './exchange/identity/emergencies.ts'
import type { Observer } from './observe/events.ts'
import type { Started } from './started.ts'
import { begunLately, type EmergencyRow } from './store/emergencies.ts'

const EVERY_MS = 1000
const LATELY_MS = 60_000

type Told = Pick<Observer, 'emergencyBegun' | 'emergencyEnded' | 'stepFailed'>

export function startEmergencies(house: House, observe: Told, started: Started): Emergencies {
  const known = new Map<string, EmergencyRow['state']>()
  /** However short it stood. */
  const tell = async (): Promise<void> => {
    const lately = await begunLately(house.pool, new Date(house.now().getTime() - LATELY_MS))
    for (const { id: emergency, officer, state } of lately) {
      if (!known.has(emergency)) observe.emergencyBegun({ emergency, officer })
      if (state === 'ended' && known.get(emergency) !== 'ended') observe.emergencyEnded({ emergency, officer })
    }
    known.clear()
    for (const { id, state } of lately) known.set(id, state)
  }
  const walk = async (): Promise<void> => {
    try {
      await tell()
      await endOverdue(house)
    } catch (error) {
      observe.stepFailed({ kind: 'emergencies', target: 'officers', code: codeOf(error), attempts: 1, error })
    }
  }
  const state = { round: Promise.resolve(), walking: false }
  const timer = setInterval(() => {
    if (state.walking) return
    state.walking = true
    state.round = walk().finally(() => {
      state.walking = false
    })
  }, EVERY_MS)
  started.add(async () => {
    clearInterval(timer)
    await state.round
  })
  return openEmergencies(house)
}
