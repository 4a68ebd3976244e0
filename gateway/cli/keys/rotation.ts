/**
 * `sallyport keys rotate|rewrap|drop`: a new key comes in two steps, so that every gateway knows it before one uses it; what the old one wrapped is moved;
 * then it goes. Refuses a step that comes too early, with what is to be done first.
 */
import { Argument, type Command } from 'commander'
import { PolicyError, RequestError } from '../../core/errors.ts'
import type { Purpose } from '../../seal/keyring.ts'
import { createProgress } from '../client/progress.ts'
import { atKeysDesk, type KeysDesk } from '../desk.ts'

const NAMES = ['token', 'manifest', 'log', 'wrapping', 'crosswalk'] as const

export function purposeArgument(): Argument {
  return new Argument('<purpose>', 'what the key is for').choices(NAMES)
}

/** What must happen between the steps, beside restarts. */
const BEFORE: Readonly<Record<Purpose, readonly string[]>> = {
  token: [],
  manifest: [
    'Parties must pin it before it signs: hand them what `sallyport keys pins` prints, by another way than the gateway; then promote with --pinned.'
  ],
  log: [
    'Hand parties and witnesses what `sallyport keys pins` prints. Checkpoints are signed by the old key too until it is dropped, so whoever pinned only that one verifies until then.'
  ],
  wrapping: [],
  crosswalk: []
}

const AFTER: Readonly<Record<Purpose, readonly string[]>> = {
  token: ['After ten minutes: sallyport keys drop token <old kid>.'],
  manifest: ['The old key lost its private half. Its public half stays among the pins: what it signed is proved by it.'],
  log: ['When every party and witness has pinned the new key: sallyport keys drop log <old kid>. Its public half stays.'],
  wrapping: [
    'Then: sallyport keys rewrap, and when `sallyport keys status` says that nothing needs the old key: sallyport keys drop wrapping <old kid>.'
  ],
  crosswalk: [
    'Then: sallyport keys rewrap; sallyport keys drop crosswalk <old kid>. Patients keep their names: what names them is wrapped anew.'
  ]
}

const SAME =
  'Where gateways have keys of their own (another machine, a container secret), give each the same change before it is restarted.'

interface RotateOptions {
  readonly stage?: true
  readonly promote?: true
  readonly pinned?: true
  readonly json?: true
}

interface Rotated {
  readonly purpose: Purpose
  readonly kid: string
  readonly retired: string | null
  readonly todo: readonly string[]
}

async function stage({ pool, source }: KeysDesk, purpose: Purpose): Promise<Rotated> {
  const { stageKey } = await import('../../seal/keychange.ts')
  const { changingKeys } = await import('../../exchange/keys/gateway-keys.ts')
  const kid = await changingKeys(pool, async () => {
    const change = stageKey(source.read(), purpose, new Date())
    source.change(change.steps)
    return change.kid
  })
  const restart = `Restart every gateway, one after the other: each then knows the key. Then: sallyport keys rotate ${purpose} --promote.`
  return { purpose, kid, retired: null, todo: [...BEFORE[purpose], SAME, restart] }
}

async function promote({ pool, source }: KeysDesk, purpose: Purpose): Promise<Rotated> {
  const { promoteKey } = await import('../../seal/keychange.ts')
  const { readKeyRing } = await import('../../seal/keyring.ts')
  const { changingKeys, requirePromotable } = await import('../../exchange/keys/gateway-keys.ts')
  const did = await changingKeys(pool, async (running) => {
    const files = source.read()
    const { kid, steps } = promoteKey(files, purpose, new Date())
    requirePromotable(running, { purpose, kid })
    source.change(steps)
    return { kid, retired: readKeyRing(files)[purpose].current.kid }
  })
  const restart = 'Restart every gateway, one after the other: until then it uses the old key, which all still know.'
  return { purpose, ...did, todo: [SAME, restart, ...AFTER[purpose]] }
}

function requirePinned(purpose: Purpose, { pinned }: RotateOptions): void {
  if (purpose === 'manifest' && pinned !== true)
    throw new RequestError(
      'bad-request',
      'Who has not pinned the new key cannot open what it signs: promote with --pinned once every party has.'
    )
}

async function rotate(purpose: Purpose, options: RotateOptions): Promise<void> {
  if (options.promote === true) requirePinned(purpose, options)
  const did = await atKeysDesk(async (desk) => {
    if (options.stage === true) return stage(desk, purpose)
    if (options.promote === true) return promote(desk, purpose)
    return atOnce(desk, purpose, options)
  })
  if (options.json === true) process.stdout.write(`${JSON.stringify(did, null, 2)}\n`)
  else
    process.stdout.write([`${purpose}: ${did.kid} is ${options.stage === true ? 'staged' : 'the key in use'}.`, ...did.todo, ''].join('\n'))
}

/** Both steps where no gateway runs: none can meet what it does not know. */
async function atOnce(desk: KeysDesk, purpose: Purpose, options: RotateOptions): Promise<Rotated> {
  const { replicaKeys } = await import('../../store/gateway-keys.ts')
  const running = new Set((await replicaKeys(desk.pool)).map(({ replica }) => replica))
  if (running.size > 0)
    throw new PolicyError('key-unknown', [
      {
        path: purpose,
        message: `${running.size} gateways run: --stage, restart each, --promote, restart each. Both at once only while none runs`
      }
    ])
  requirePinned(purpose, options)
  await stage(desk, purpose)
  return promote(desk, purpose)
}

async function rewrapAll(options: { readonly json?: true }): Promise<void> {
  const { rewrap } = await import('../../exchange/keys/rewrap.ts')
  const { readKeyRing } = await import('../../seal/keyring.ts')
  const progress = createProgress('percent')
  const did = await atKeysDesk(({ pool, files, account }) =>
    rewrap({ pool, ring: readKeyRing(files), account, now: () => new Date() }, (done, total, place) =>
      progress.show(total === 0 ? 1 : done / total, 1, place)
    )
  ).finally(() => progress.stop())
  const unopened = did.reduce((sum, one) => sum + one.unopened, 0)
  if (options.json === true) process.stdout.write(`${JSON.stringify(did, null, 2)}\n`)
  else for (const { table, column, moved } of did) process.stdout.write(`${table}.${column}: ${moved} moved\n`)
  if (unopened === 0) return
  process.stderr.write(
    `sallyport: ${unopened} rows do not open under any key of the ring, and stay as they are: sallyport keys status names their keys.\n`
  )
  process.exitCode = 1
}

async function drop(purpose: Purpose, kid: string, options: { readonly lost?: true }): Promise<void> {
  const { dropKnown } = await import('../../exchange/keys/key-status.ts')
  const { dropKey } = await import('../../seal/keychange.ts')
  const { readKeyRing } = await import('../../seal/keyring.ts')
  const status = await atKeysDesk(async ({ pool, source, files, account }) => {
    const ring = readKeyRing(files)
    const has = [ring[purpose].current, ring[purpose].next, ...ring[purpose].retired].some((key) => key?.kid === kid)
    const change = has && options.lost !== true ? dropKey(files, purpose, kid) : null
    const dropped = await dropKnown(
      { pool, ring, account, now: () => new Date() },
      { purpose, kid },
      options.lost === true ? 'lost' : 'dropped'
    )
    // remembered as gone before it goes: broken off here, it lies unused, and the command can be said again
    if (change !== null) source.change(change.steps)
    return dropped
  })
  const gave = options.lost === true ? status.neededBy : []
  process.stdout.write(
    options.lost === true
      ? `${purpose} ${kid} is given up.${gave.length === 0 ? '' : ` Not to be opened any more: ${gave.join(', ')}.`}\n`
      : `${purpose} ${kid} is dropped. Restart every gateway at leisure; then destroy what backups of it there are.\n`
  )
}

export function addRotation(keys: Command): void {
  keys
    .command('rotate')
    .description('a new key: first staged, so that every gateway knows it, then in use')
    .addArgument(purposeArgument())
    .option('--stage', 'make the new key; gateways verify and open with it from their next start on')
    .option('--promote', 'bring the staged key into use; refused while a gateway that runs does not know it')
    .option('--pinned', 'of manifest: every party has pinned the new key')
    .option('--json', 'as JSON')
    .action(rotate)
  keys
    .command('rewrap')
    .description('move what is wrapped under retired keys to the ones in use, while gateways run; broken off, run it again')
    .option('--json', 'as JSON')
    .action(rewrapAll)
  keys
    .command('drop')
    .description('take a retired or staged key away; refused while anything needs it')
    .addArgument(purposeArgument())
    .argument('<kid>', 'as `keys status` names it')
    .option('--lost', 'give up a key that is on no ring any more, with what it wrapped: for good')
    .action(drop)
}
