/** Initials of people who are known: by themselves ("J.S.", "J. Q. P.", "JQP", "J-L"), and beside a name of theirs ("J. Smith", "Smith J"). */
import { bitsAt, endAt, isMark, isTight, type Page, shapeAt, startAt, wordAt } from '../reading/page.ts'
import { LETTERS, SHAPE } from '../reading/tokens.ts'
import type { Span, Told } from '../span.ts'
import { WORD } from '../words/words.ts'

/** Of each person the names, first to last, as keys. */
export type People = readonly (readonly string[])[]

/** Of "Xxx de la Yyy" the initials are two, too. */
export const PARTICLES: ReadonlySet<string> = new Set(
  'al bin d da das de del della den der di do dos du el la las le los ten ter van von y'.split(' ')
)

/** Initials in lower case, "jq" and "jqp", and the names they are of. */
export function initialsOf(people: People): ReadonlyMap<string, People[number]> {
  const table = new Map<string, People[number]>()
  const put = (names: People[number]): void => {
    const letters = names.map((name) => name.slice(0, 1)).join('')
    if (letters.length >= 2 && !table.has(letters)) table.set(letters, names)
  }
  for (const names of people) {
    put(names)
    put(names.filter((name) => !PARTICLES.has(name)))
    put([...names.slice(0, 1), ...names.slice(1).slice(-1)])
  }
  return table
}

export function initialsAt(initials: ReadonlyMap<string, People[number]>, page: Page, token: number): Span | null {
  const shape = shapeAt(page, token)
  if ((shape & SHAPE.upper) !== 0) return bareAt(initials, page, token)
  if ((shape & SHAPE.initial) === 0) return null
  return isMark(page, token + 1, '.') ? stoppedAt(initials, page, token) : joinedAt(initials, page, token)
}

/** "J.S.", "J. Q. P." */
function stoppedAt(initials: ReadonlyMap<string, People[number]>, page: Page, token: number): Span | null {
  const letters = [token]
  let last = token + 1
  // "J.S. K.T." are two
  const spaced = !isTight(page, last + 1)
  while (
    letters.length < 4 &&
    (shapeAt(page, last + 1) & SHAPE.initial) !== 0 &&
    isMark(page, last + 2, '.') &&
    isTight(page, last + 1) !== spaced
  ) {
    letters.push(last + 1)
    last += 2
  }
  return letters.length > 1 ? spanOf(initials, page, letters, last) : null
}

/** "A-P view", "L-S spine", "A-V block" */
const DIRECTIONS: ReadonlySet<string> = new Set('ac ap av cl co ct er ie ir ls pa pc qt rr si st td tl vq vp wpw'.split(' '))

/** "J-L" */
function joinedAt(initials: ReadonlyMap<string, People[number]>, page: Page, token: number): Span | null {
  const last = token + 2
  if (DIRECTIONS.has(wordAt(page, token) + wordAt(page, last))) return null
  const joins = isMark(page, token + 1, '-') && isTight(page, token + 1) && isTight(page, last) && !isMark(page, last + 1, '-')
  return joins && (shapeAt(page, last) & SHAPE.initial) !== 0 ? spanOf(initials, page, [token, last], last) : null
}

function spanOf(initials: ReadonlyMap<string, People[number]>, page: Page, letters: readonly number[], last: number): Span | null {
  const names = initials.get(letters.map((letter) => wordAt(page, letter)).join(''))
  if (names === undefined) return null
  const told = letters.map((letter, at) => toldAt(page, letter, names[at] ?? ''))
  return { start: startAt(page, letters[0] ?? last), end: endAt(page, last), class: 'NAME', rule: 'known-initials', told }
}

/** Behind these two capitals are initials. */
const CUES = /^(?:by|pt|patient|client|resident|initials?|signed|initialled|initialed|rn|md|np)$/
/** What three and more capitals mean in notes, whoever bears them as initials. */
const ABBREVIATIONS: ReadonlySet<string> = new Set(
  `aaa abc abd abg abi abx acl acs add adl ads afb aki ald all alp als alt ama aml ams ana aob apl ards arb arf asa asd ast avf avm avr bal bid bka bls bmi bmp
  bms bmt bnp bph bpd bpm brp bsa bso bun cabg cad cap cbc cbd cbg cbt ccb ccu cdc cea ces cfs chd chf cic cin cjd ckd cll cmp cml cmv cna cnp cns con cop copd cpap
  cpk cpr cps crf crp crt csf cta ctr cva cvc cvp cxr dbp dbs ddd dex dic dip dka dke dld dmd dnr doa dob doe dob dre dsm dtr dts dub dvt ecg ecf ecmo edc
  eeg efw egd egf ekg emg ems ent eom eos erc esr ess est etc etoh evd fbs ffp fhr fhx fna fob fsh fti ftt fue fvc gad gcs gdm ger gfr ggt gib gsw gtt hav
  hbv hcc hcg hct hcv hdl heent hgb hiv hla hob hpi hpv hrt hsv htn hus ibd ibs icd ich icp icu idd iud iop irb ivc ivf ivp jia jra jvd jvp kub lad lbp lbw
  ldh ldl lft llq lle lue luq lmp loc lpn ltc lvef lvh map mca mch mci mcp mcv mds men mgh mgn mgs mhc mic mmr mmse mrsa mra mri mrn mrs mva mvp mvr nad
  nas nbw ngt nicu nkda noc npo nsr nsaid nst nstemi nsvd ntg oab ocd ocp oob opd ori orif osa oti otc pac pad pap pcn pcp pcr pcs pda pdd pea pef peg per pet pfo pft pid pir pkd
  pku pmd pmh pmr pms pna pnd pnm poc pod pos ppd ppi pqr prn prom psa psh pta ptb ptca pth ptsd ptt ptu pud pvc pvd qam qhs qid qod rbc rca rds rhd rle rlq
  rom ros rsv rta rue ruq sah sbe sbo sbp scc scd sci sem sga sids sle slr sma smi snf sob spf spo ssi sss std stemi stat sti sts svc svt taa tab tah tbi tbw tee tens tgl tha
  thr tia tib tid tka tkr tlc tmj tnf tob top tpa tpn tsh tte tur turp ucd uri usa uti vad vas vbac vbg vre vsd vss vte wbc wnl yob yrs`
    .trim()
    .split(/\s+/)
)

/** "JQP"; behind a word that asks for them "JQ". */
function bareAt(initials: ReadonlyMap<string, People[number]>, page: Page, token: number): Span | null {
  const word = wordAt(page, token)
  const names = initials.get(word)
  if (names === undefined || (isTight(page, token + 1) && (shapeAt(page, token + 1) & SHAPE.number) !== 0)) return null
  const cue = isMark(page, token - 1, ':') ? token - 2 : token - 1
  const isMeant = CUES.test(wordAt(page, cue)) || (word.length > 2 && (bitsAt(page, token) & MEANING) === 0)
  if (!isMeant || ABBREVIATIONS.has(word)) return null
  const start = startAt(page, token)
  const told = Array.from(word, (_, at) => ({ start: start + at, end: start + at + 1, key: names[at] ?? '' }))
  return { start, end: endAt(page, token), class: 'NAME', rule: 'known-initials', told }
}

/** Bits of words that mean something else than a name. */
const MEANING = ~(WORD.first | WORD.last | WORD.placeHead | WORD.trigger)

function toldAt(page: Page, token: number, key: string): Told {
  return { start: startAt(page, token), end: endAt(page, token), key }
}

/** Of each name, and the first letter of another of who bears it, that other; of so many names of each at most. */
export function othersOf(people: People): ReadonlyMap<string, string> {
  const others = new Map<string, string>()
  for (const names of people.map((all) => all.slice(0, 8)))
    for (const name of names)
      for (const other of names) {
        const key = `${name} ${other.slice(0, 1)}`
        if (other !== name && !others.has(key)) others.set(key, other)
      }
  return others
}

/** A known name takes the initials beside it along. `others`: whose they are. */
export function withInitials(others: ReadonlyMap<string, string>, page: Page, token: number, span: Span): Span {
  const before = initialBefore(page, token)
  const after = initialAfter(page, token, span.end)
  if (before === null && after === null) return span
  const told = [before, after].flatMap((initial) => (initial === null ? [] : toldOf(others, page, initial, span)))
  return {
    ...span,
    start: before === null ? span.start : startAt(page, before),
    end: after === null ? span.end : endAt(page, isMark(page, after + 1, '.') ? after + 1 : after),
    told: [...(span.told ?? []), ...told]
  }
}

function initialBefore(page: Page, token: number): number | null {
  const before = isMark(page, token - 1, '.') ? token - 2 : token - 1
  if (before < 0 || (shapeAt(page, before) & SHAPE.initial) === 0) return null
  return before < token - 1 || wordAt(page, before) !== 'a' ? before : null
}

function initialAfter(page: Page, token: number, end: number): number | null {
  let after = token
  while (after < page.tokens.count && startAt(page, after) < end) after++
  const isInitial = (shapeAt(page, after) & SHAPE.initial) !== 0 && wordAt(page, after) !== 'i' && !isTight(page, after)
  return isInitial && (shapeAt(page, after + 1) & LETTERS) === 0 ? after : null
}

/** Whose initial it is: another name of a person who has this one. */
function toldOf(others: ReadonlyMap<string, string>, page: Page, initial: number, { told = [] }: Span): readonly Told[] {
  const name = others.get(`${told[0]?.key ?? ''} ${wordAt(page, initial)}`)
  return name === undefined ? [] : [toldAt(page, initial, name)]
}
