/**
 * ICD-10-CM by its chapters and blocks (CDC/NCHS, tabular list; public domain): which codes are of which sensitive categories. Decides by the longest beginning that
 * is listed, written without the dot. WHO's ICD-10, from which it comes, has the same blocks. Refuses nothing: what is not listed is of none.
 */
import { byBeginning, type Find, plain, type Rows } from './beginnings.ts'

const BEGINNINGS: Rows = [
  // F10-F19, alcohol and drugs in organs and blood, counselling, history of the family, poisoning
  [
    'substance-use',
    'F10 F11 F12 F13 F14 F15 F16 F18 F19 F55 G312 G621 G721 I426 K292 K70 K852 K860 O9931 O9932 P0441 P961 P962 R780 R781 R782 R783 R784 R785 T400 T401 T403 T405 T407 T408 T409 Y90 Y91 Z714 Z715 Z811 Z813 Z814'
  ],
  // tobacco: 42 CFR 2.11 (substance use disorder) leaves it out
  ['none', 'F17'],
  ['hiv', 'B20 B9735 O987 R75 Z114 Z206 Z21 Z2981 Z717 Z830'],
  // chapter 5 but F10-F19, the same in pregnancy, suicide and harm to oneself, examination, history
  [
    'behavioural',
    'F F52 F53 F64 O9934 R4585 R4588 T1491 X71 X72 X73 X74 X75 X76 X77 X78 X79 X80 X81 X82 X83 Z046 Z818 Z865 Z9151 Z9152 Z915'
  ],
  // chapter 15, infections that are mainly sexual, sexual function and identity, infertility, encounters
  [
    'reproductive',
    'A50 A51 A52 A53 A54 A55 A56 A57 A58 A59 A60 A63 A64 F52 F53 F64 N46 N96 N97 O O9931 O9932 O9934 O987 O9A3 O9A4 O9A5 T833 Z113 Z202 Z224 Z30 Z31 Z3143 Z3144 Z315 Z32 Z33 Z34 Z36 Z37 Z39 Z3A Z640 Z641 Z725 Z793 Z875 Z975 Z985'
  ],
  // carriers, susceptibility, testing, and what members of the family had (45 CFR 160.103); genetic disease as label GDIS has it
  ['genetic', 'D57 Q9 Z137 Z14 Z15 Z3143 Z3144 Z315 Z80 Z81 Z811 Z813 Z814 Z818 Z82 Z83 Z830 Z84'],
  ['violence', 'O9A3 O9A4 O9A5 T74 T76 X92 X93 X94 X95 X96 X97 X98 X99 Y0 Z0441 Z0442 Z047 Z6281 Z69 Z9141']
]

const find = byBeginning(BEGINNINGS)

/** `code` with or without its dot, in letters of either case. */
export const icd10: Find = (code) => find(plain(code))
