/**
 * Words that tell what stands beside them: titles before a name, kin, the heads of facilities and streets, what follows an eponym; and words that are kept
 * whatever the name lists say. Written by hand, one table; a word may stand in several rows.
 */
import { WORD, type WordEntry } from './words.ts'

/** Trade names of drugs, and drugs whose name does not end as those of its kind. */
export const DRUGS: string = `norco lipitor coumadin lasix ativan xanax valium zoloft prozac paxil plavix crestor zocor lantus humalog novolog januvia xarelto eliquis pradaxa
  tylenol advil motrin aleve percocet vicodin norvasc toprol zestril cozaar diovan benicar neurontin lyrica cymbalta effexor wellbutrin lexapro
  celexa seroquel abilify risperdal zyprexa depakote lamictal keppra dilantin tegretol topamax synthroid levoxyl glucophage metformin humira enbrel
  remicade rituxan herceptin avastin keytruda opdivo gleevec nexium prilosec protonix pepcid zantac zofran reglan phenergan benadryl claritin
  zyrtec allegra flonase singulair advair spiriva symbicort ventolin proventil albuterol combivent medrol decadron colace senna miralax dulcolax
  ambien lunesta viagra cialis flomax proscar avodart aricept namenda sinemet requip mirapex ultram oxycontin dilaudid fentanyl duragesic
  rocephin ancef keflex augmentin zithromax biaxin levaquin cipro bactrim flagyl vancomycin zosyn diflucan valtrex tamiflu lovenox heparin`

const ROWS: readonly (readonly [bits: number, words: string])[] = [
  [
    WORD.title,
    'dr drs doctor mr mrs ms miss mister mx prof professor sir madam rev reverend rabbi pastor capt captain sgt sergeant lt nurse np rn pa'
  ],
  [
    WORD.cue,
    `daughter son wife husband mother father brother sister aunt uncle cousin niece nephew grandmother grandfather grandson granddaughter mom dad mum
    spouse partner fiance fiancee boyfriend girlfriend friend neighbor neighbour guardian caregiver roommate sibling twin
    by patient pt named name called attending surgeon physician provider pcp cardiologist neurologist oncologist therapist dentist midwife cc attn dear
    signed dictated per resident fellow consultant interpreter employer witness client resident member subject`
  ],
  [
    WORD.month,
    `jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov november dec december`
  ],
  [
    WORD.state,
    `alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana
    maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah
    vermont virginia washington wisconsin wyoming al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc
    nd oh ok or pa pr ri sc sd tn tx ut vt va wa wv wi wy`
  ],
  [
    WORD.facility,
    `hospital hospitals clinic clinics center centre ctr cntr health healthcare infirmary hospice university college school institute medical med hosp
    sanatorium sanitarium polyclinic medicine presbyterian methodist general memorial home rehab rehabilitation care branch pharmacy campus
    practice associates physicians imaging wellness manor living facility dental dentistry pediatrics cardiology dermatology orthopedics`
  ],
  [
    WORD.generic,
    `emergency urgent primary intensive critical acute mental public home womens mens behavioral behavioural occupational oral global digital
    sexual reproductive child maternal family bone heart liver kidney lung eye skin brain breast cancer tumor tumour stroke sleep pain wound diabetes
    asthma allergy fertility fracture infusion dialysis transplant trauma burn surgery surgical outpatient inpatient ambulatory nursing skilled assisted
    extended day foster managed comprehensive integrated preventive preventative postoperative preoperative perioperative palliative end life quality
    health medical care internal national middle high elementary grade cigna aetna humana anthem unitedhealthcare united blue cross shield local nearest referral tertiary academic teaching community regional rural private veterans
    memory anticoagulation coumadin hypertension lipid obesity headache movement walk retail free standard latest current recommended
    physical aerobic exercise sports complementary alternative evidence precision personalized personalised nuclear laboratory clinical
    dental prenatal antenatal postnatal newborn neonatal pediatric paediatric adult geriatric oncology mood travel the a an our this that his her
    their my your each any every another other same new old best good common medicare medicaid spiritual cultural electronic environmental population
    icu micu sicu nicu picu cicu cvicu tcu ccu pacu er eru cath snf ltac ltach osh alf irf sar arf opd ipu pcp ltc nh ems ob gyn telemetry triage radiology baseline`
  ],
  [
    WORD.street,
    `street st avenue ave av road rd drive dr lane ln boulevard blvd court ct place pl way terrace ter circle cir parkway pkwy highway hwy route rte
    square sq trail trl plaza alley aly row run crossing loop turnpike tpke pike expressway expy freeway fwy mews heights hts`
  ],
  [
    WORD.finding,
    `disease diseases lesion lesions disorder syndrome syndromes sign signs test tests score scores scale criteria criterion catheter palsy classification procedure
    phenomenon maneuver manoeuvre tumor tumour tumors lymphoma sarcoma fracture reflex reaction stain fistula hernia cyst node nodes contracture
    thyroiditis chorea ataxia dystrophy esophagus oesophagus diverticulum ulcer nodules gland glands duct canal ring angle line lines point technique
    method approach position index formula equation grade grading stage staging study trial law effect respirations breathing spots bodies body cells
    cell anemia anaemia drain tube pump clamp retractor pouch procedure operation repair incision loop capsule ligament tendon muscle membrane space
    agar solution lactate aneurysm encephalopathy area aphasia arthritis exercises exercise pulse triad tetrad pentad esthesiometer filament
    questionnaire inventory instrument checklist protocol regimen guideline guidelines rule rules risk model staging positioning lens chamber
    osteotomy arthroplasty nail plate wire pins frame traction splint cast boots boot nodule macula facies cord chancre gangrene purpura`
  ],
  [
    WORD.credential,
    'md do rn np pa lpn aprn crna phd pharmd dds dmd dpm od msw lcsw psyd mph facs facp facc mbbs mbchb dnp fnp cnm cnp crnp pac bsn msn jd esq jr sr ii iii iv'
  ],
  [WORD.particle, 'van von de del della di da la le du der den dos das al el bin ibn ter ten st san santa mac mc o abu'],
  [WORD.toward, 'in from to near at of outside around downtown visiting via toward towards reaches'],
  [
    WORD.never,
    `the a an and or but if then else of to for with without on at as is was were are be been being it its this that these those he she they we you i his
    her their our your my me him them us who what when where why which how not no yes can could would should may might must shall do does did done has
    have had having there here than so such very more most less least also only just about into over under after before during since until while because
    both each other any all some few many much same per via vs versus
    history physical exam examination assessment plan impression findings diagnosis discharge admission summary report reports note notes allergies
    medications medication procedure procedures labs laboratory vitals vital chief complaint review systems social past present surgical
    type class grade stage phase step group level score risk table figure section part model
    sunday monday tuesday wednesday thursday friday saturday mon tue tues wed thu thur thurs fri sat sun
    english spanish french german italian latin greek chinese japanese korean russian arabic christian jewish muslim hindu catholic protestant
    internet medicare medicaid covid`
  ],
  // names of the lists that clinical text means otherwise
  [
    WORD.plain,
    `german christian max mac mel sal ola ora alba iva homer marshall booker merlin marlin tad kip ira doc rad rep ana christ dick`
  ],
  [WORD.plain, DRUGS],
  [
    WORD.eponym,
    `framingham gleason wells duke rutherford chaddock ferriman gallwey stevens johnson marfan lyme addison graves hashimoto cushing foley swan ganz
    parkinson alzheimer crohn hodgkin burkitt kaposi raynaud sjogren behcet barrett mallory weiss zenker bell horner tinel phalen murphy mcburney
    rovsing homan homans babinski romberg kernig brudzinski trendelenburg lachman mcmurray apley hawkins neer spurling finkelstein allen apgar glasgow
    braden norton morse ranson child pugh killip forrester bishop tanner snellen weber rinne ishihara epley hallpike dix valsalva heimlich whipple
    billroth nissen bier jackson pratt hickman broviac yankauer bovie kocher kelly mayo hunter kirschner steinmann salter harris colles
    smith bennett boxer jones lisfranc maisonneuve garden pott paget ewing wilms charcot guillain barre huntington tourette wernicke korsakoff lewy
    creutzfeldt jakob wilson gaucher fabry pompe niemann tay sachs down turner klinefelter edwards patau prader willi angelman digeorge noonan
    ehlers danlos osler weber rendu von willebrand bernard soulier fanconi diamond blackfan kawasaki takayasu buerger dressler still reiter felty
    caplan goodpasture wegener churg strauss henoch schonlein berger alport bartter gitelman liddle conn brugada wolff parkinson white lown ganong
    bence coombs wright gram ziehl neelsen giemsa papanicolaou mantoux schilling schirmer amsler dupuytren peyronie baker hill sachs bankart
    legg calve perthes osgood schlatter scheuermann milwaukee cobb rorschach beck hamilton zung folstein barthel katz karnofsky zubrod
    mohs clark breslow fitzpatrick wood nikolsky auspitz koebner gottron heberden bouchard virchow troisier courvoisier grey cullen kehr
    levine austin flint graham carey coombs corrigan quincke muller cheyne stokes biot kussmaul galeazzi monteggia holter doppler bruce
    ringer hartmann mccune albright sheehan nelson meniere bartholin skene montgomery braxton hicks chadwick leopold ritgen mcroberts
    harrington luque roux miller abbott fisher moro galant ortolani barlow tanner denver bayley stanford binet cockcroft gault bazett fridericia
    light centor jones virchow starling bohr haldane maddrey lille milan sgarbossa curb lund browder parkland wallace mallampati cormack lehane
    macintosh magill bougie tuohy quincke sprotte`
  ]
]

/** Months and weekdays are in ROWS; a place of several words whose first letter stands for it. */
const PHRASES: readonly (readonly [bits: number, phrases: string])[] = [
  [
    WORD.state,
    'new hampshire,new jersey,new mexico,new york,north carolina,north dakota,rhode island,south carolina,south dakota,west virginia'
  ],
  [
    WORD.place | WORD.city,
    'nyc,philly,san fran,new york city,manhattan,queens,brooklyn,bronx,long island,bay area,st louis,st paul,ft lauderdale,ft worth,hollywood'
  ]
]

/** What the tables add to the dictionaries. */
export function* contextWords(): Generator<WordEntry> {
  for (const [bits, words] of ROWS) for (const word of words.trim().split(/\s+/)) yield { word, bits }
  for (const [bits, phrases] of PHRASES) {
    for (const phrase of phrases.split(',').map((text) => text.trim())) {
      yield { word: phrase, bits }
      const blank = phrase.indexOf(' ')
      if (blank > 0) yield { word: phrase.slice(0, blank), bits: WORD.placeHead }
    }
  }
}
