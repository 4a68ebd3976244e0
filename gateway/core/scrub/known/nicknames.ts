/** Short and other forms of first names: whoever is called one in a record may be called another in a note. One group a line, the formal name first. */
const GROUPS = `
abigail abby gail
abraham abe
albert al bert
alexander alex alec sandy xander
alexandra alex sandra lexi sasha
alfred fred al
alice allie
allison allie ali
amanda mandy
andrew andy drew
angela angie
ann anne annie anna nan nancy
anthony tony
antonio tony
arthur art artie
barbara barb barbie babs
benjamin ben benny benji
bernard bernie
bertha bert
beverly bev
bradley brad
brian bryan
calvin cal
cameron cam
carolyn carrie carol caroline
catherine katherine katharine kathryn cathy kathy kate katie kat kitty kay
cecilia cece celia
charles charlie chuck chas chip
charlotte charlie lottie
christina christine kristina tina chris chrissy
christopher chris topher kit
clarence clare
clifford cliff
cornelius neil
cynthia cindy
daniel dan danny
david dave davey
deborah debra deb debbie
dennis denny
diana diane di
dolores lola
donald don donnie
dorothy dot dottie dolly
douglas doug
edgar ed
edward ed eddie ted teddy ned
edwin ed eddie
eleanor ellie nell nora
elizabeth elisabeth liz lizzie beth betty betsy eliza libby lisa
emily em emmy
emma em
ernest ernie
esther essie hester
eugene gene
evelyn evie eve
florence flo
frances fran francie
francis frank fran
frank franklin
frederick fred freddy rick
gabriel gabe
gabriella gabby ella
gerald gerry jerry
geraldine gerry
gertrude trudy gertie
gilbert gil
gregory greg
harold hal harry
harriet hattie
helen nell nellie
henry hank harry
herbert herb bert
howard howie
isabella isabel bella izzy
jacob jake
jacqueline jackie
james jim jimmy jamie
janet jan
jeffrey geoffrey jeff
jennifer jen jenny
jeremy jerry
jessica jess jessie
joan joanie
john jack johnny jon
jonathan jon john
joseph joe joey
josephine jo josie
joshua josh
joyce joy
juan johnny
judith judy
katrina trina kat
kenneth ken kenny
kimberly kim
lawrence laurence larry
leonard leo len lenny
leslie les
lewis louis lou louie
lillian lily lil
louise lou
lucille lucy
madeline maddie
margaret maggie meg megan peggy marge margie greta rita
maria marie mary
marjorie marge margie
martha marty
martin marty
matthew matt
maureen mo
maxwell max
melissa mel missy
melvin mel
michael mike mickey mick micky
michelle shelly
mildred millie
mitchell mitch
nathaniel nathan nate nat
nicholas nick nicky
nicole nicky nikki
norman norm
olivia liv livvy
oliver ollie
pamela pam
patricia pat patty tricia trish
patrick pat paddy
penelope penny
peter pete
philip phillip phil
priscilla cilla
rachel rae
randall randolph randy
raymond ray
rebecca becky becca
reginald reg reggie
richard rick ricky rich dick richie
robert bob bobby rob robbie bert
roberta bobbie
rodney rod
roger rog
ronald ron ronnie
rosemary rose rosie
russell russ
ruth ruthie
samantha sam
samuel sam sammy
sandra sandy
sarah sara sally sadie
sharon shari
sidney sid
sophia sophie
stanley stan
stephanie steph
stephen steven steve
stuart stewart stu
susan suzanne sue susie suzie
sylvia sylvie
tabitha tabby
terrence terence terry
teresa theresa terry tess tessa
thaddeus thad tad
theodore ted teddy theo
thomas tom tommy
timothy tim timmy
valerie val
veronica ronnie
vernon vern
victor vic
victoria vicky tori
vincent vince vinny
virginia ginny ginger
walter walt wally
warren
wendell wendy
wilbur will
william will bill billy willy liam
winifred winnie
zachary zach zack`

const BY_NAME: ReadonlyMap<string, readonly string[]> = byName()

function byName(): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>()
  for (const line of GROUPS.trim().split('\n')) {
    const group = line.split(' ')
    for (const name of group) table.set(name, [...(table.get(name) ?? []), ...group.filter((other) => other !== name)])
  }
  return table
}

const FORMAL: ReadonlyMap<string, string> = new Map(
  GROUPS.trim()
    .split('\n')
    .reverse()
    .flatMap((line) => line.split(' ').map((name): [string, string] => [name, line.split(' ')[0] ?? name]))
)

/** The other forms of a first name in lower case. */
export function nicknames(name: string): readonly string[] {
  return BY_NAME.get(name) ?? []
}

/** The formal name that heads the first group a name stands in; the name itself where it stands in none. */
export function formalName(name: string): string {
  return FORMAL.get(name) ?? name
}
