/** Nothing is sealed that the gate did not clear, nothing forwarded that the log does not hold: a program that tries does not compile. */
import { Cleared, Recorded, type StageRow } from '../../gateway/core/disclosure.ts'
import { forwardShard } from '../../gateway/exchange/exports/forward-shard.ts'
import type { House } from '../../gateway/exchange/house.ts'
import type { Bench } from '../../gateway/exchange/release/bucket.ts'
import { sealInto } from '../../gateway/exchange/release/seal-shard.ts'
import type { Draft } from '../../gateway/store/directory.ts'
import type { ShardRow } from '../../gateway/store/results.ts'

declare const row: StageRow
declare const bench: Bench
declare const house: House
declare const draft: Draft
declare const shard: ShardRow
const piece = { shard, recipientKey: null }

new Cleared(row) // refused: TS2673
new Recorded(row, 'manifest') // refused: TS2673
const lookalike = { dataset: row.id, row, stage: 'cleared' }
export const made: Cleared = lookalike // refused: TS2741
export const forged: Recorded = { dataset: row.id, row, manifest: '', stage: 'recorded' } // refused: TS2741
export const sealedTooSoon = sealInto(bench, draft, row, piece) // refused: TS2345
export const sealed = sealInto(bench, draft, Cleared.parse(row), piece)
export const forwardedTooSoon = forwardShard(house, Cleared.parse(row), shard, 0, 'c2sp') // refused: TS2345
export const forwardedUnread = forwardShard(house, Recorded.parse(row), shard, 0, 'c2sp') // refused: TS2345
