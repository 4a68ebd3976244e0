/**
 * Single codes of SNOMED CT, LOINC and RxNorm that are of a sensitive category, few and as public sources use them, and the names of drugs given for one. Refuses
 * nothing: these code systems belong to their owners and are not copied whole, so what is not listed is of none.
 */
import type { Rows } from './beginnings.ts'

/** SNOMED CT, as Synthea (Apache-2.0), the HL7 SHIFT Task Force and the HL7 and WHO guides name them. */
export const SNOMED: Rows = [
  [
    'substance-use',
    '5602001 145121000119106 6525002 7200002 10939881000119105 15167005 66214007 66590003 75544000 191816009 361055000 724713006 24165007 56876005 60112009 61480009 266707007 313071005 408935001 408936000 425741009'
  ],
  ['psychotherapy-notes', '444175001'],
  ['hiv', '86406008 62479008 91947003 165816005 278977008 31676001 165813002 402901009 697904001'],
  [
    'behavioural',
    '35489007 36923009 370143000 191611001 13746004 58214004 47505003 21897009 197480006 80583007 112001000119100 79094001 88848003 225337009 304822001 718347000 736254008 737434004 428171000124102 6471006 44301001 82313006'
  ],
  [
    'reproductive',
    '72892002 77386006 79586000 19169002 156073000 17369002 35999006 47200007 10383002 386394001 714812005 5880005 252160004 169553002 301807007 46706006 65200003 755621000000101 8619003 609496007 398254007 6096002 237244005'
  ],
  ['genetic', '405824009 405825005'],
  ['violence', '706893006 424393004']
]

/** LOINC (loinc.org: free to use with its notice), by panels. */
export const LOINC: Rows = [
  // AUDIT, AUDIT-C, DAST-10, drug and alcohol status of the Omaha system
  ['substance-use', '72109-2 75626-2 72110-0 75624-7 82666-9 82667-7 28245-9'],
  // panels 75622-1 and 47245-6, and the tests of public HIV screening value sets
  [
    'hiv',
    '75622-1 47245-6 55277-8 7917-8 7918-6 7919-4 29893-5 30361-0 31201-7 33866-5 34591-8 34592-6 42768-2 43009-0 43010-8 48345-3 48346-1 49580-4 51786-2 53379-4 56888-1 57974-8 57975-5 57976-3 57977-1 57978-9 58900-2 68961-2 73905-2 73906-0 75666-8 80203-3 80387-4 81641-3 83101-6 85037-0 20447-9 21008-8 23876-6 24012-7 25835-0 25836-8 29327-4 29539-4 29541-0 41498-7 41513-3 41514-1 41515-8 41516-6 44871-2 48023-6 48510-2 48511-0 48551-6 48552-4 59419-2 62469-2 70241-5 13499-9 31073-0 5220-9 5221-7 5222-5 14092-1 16974-8 16975-5 22356-0 35437-3 35438-1 35439-9'
  ],
  // PHQ-2, PHQ-9, PHQ-A, GAD-7, their totals, and notes of a psychiatric service
  ['behavioural', '55757-9 55758-7 44249-1 44261-6 89204-2 89206-7 69737-5 70274-6 69725-0 71970-8 75443-2 28635-1 34788-0'],
  ['reproductive', '2106-3 2118-8 2119-6 11884-4 11778-8 11779-6 82810-3 11996-6 11640-0 11612-9'],
  // members of the HL7 genetic variant reporting panel
  ['genetic', '81247-9 51969-4 51968-6 53037-8 69548-6 48018-6 48004-6 48005-3 81252-9 81290-9 53034-5 48006-1 51958-7 55233-1 51963-7'],
  // HARK
  ['violence', '76499-3 76500-8 76501-6 76502-4 76503-2 76504-0']
]

/** RxNorm (NLM): ingredients. A product has a code of its own, and is found by the name of its ingredient. */
export const RXNORM: Rows = [
  ['substance-use', '1819 6813 7243 3554 82819 352364'],
  ['hiv', '11413 68244 190521 53654 195085 276237 719872 1433868 460132 343047 59763 3364'],
  ['reproductive', '389221 6916']
]

/** Names of ingredients and products in a display or a text, in small letters; each of five letters or more. */
export const DRUGS: Rows = [
  // FDA labels: for opioid or alcohol use disorder
  [
    'substance-use',
    'buprenorphine methadone naltrexone acamprosate disulfiram lofexidine suboxone subutex sublocade brixadi vivitrol antabuse zubsolv lucemyra methadose'
  ],
  // HHS, Guidelines for the Use of Antiretroviral Agents, and NIH, FDA-Approved HIV Medicines; not ritonavir, which is given for COVID-19, too
  [
    'hiv',
    'antiretroviral didanosine stavudine nelfinavir saquinavir indinavir tipranavir zidovudine lamivudine abacavir emtricitabine tenofovir efavirenz nevirapine rilpivirine doravirine etravirine raltegravir dolutegravir bictegravir elvitegravir cabotegravir darunavir atazanavir lopinavir fosamprenavir maraviroc enfuvirtide ibalizumab fostemsavir lenacapavir cobicistat truvada descovy biktarvy genvoya stribild symtuza odefsey complera atripla triumeq dovato juluca cabenuva apretude vocabria tivicay isentress prezista prezcobix evotaz reyataz kaletra epzicom trizivir combivir epivir retrovir ziagen viread emtriva sustiva edurant intelence pifeltro delstrigo symfi cimduo temixys rukobia trogarzo fuzeon selzentry sunlenca yeztugo tybost'
  ],
  // FDA labels: contraception, termination, fertility
  [
    'reproductive',
    'etonogestrel levonorgestrel ulipristal norethindrone drospirenone norgestimate desogestrel medroxyprogesterone mifepristone misoprostol clomiphene norelgestromin segesterone mifeprex mirena kyleena liletta paragard nexplanon implanon nuvaring annovera xulane twirla clomid'
  ]
]
