// What an organisation is called without its legal form, and the stem and slug made of that. Must not know networks.

/** Written in several words, or with other words inside; removed wherever they stand. */
const legalPhrases = [
  /\([^)]*\)/g,
  /["“”„]/g,
  /\b(?:open |closed |public |private |anonymous )?joint[- ]stock co(?:mpany)?\b\.?/gi,
  /\blimited liability (?:company|partnership)\b/gi,
  /\bs\.?a\.?p?\.?i?\.?(?: ?b\.?)? de c\.? ?v\.?/gi,
  /\bs\.? de r\.? ?l\.?(?: de c\.? ?v\.?)?/gi,
  /\bsp\.? ?z\.? ?o\.? ?o\.?/gi,
  /\bspolka (?:akcyjna|z ograniczona\b.*)/gi,
  /\bpublic company limited\b/gi,
  /\bgmbh & co\.? ?(?:ohg|kg)\b/gi,
  /\banonim (?:s|ş)irketi\b/gi,
  /\ba joint stock company\b/gi,
  /\bs\. ?a\.?(?=[\s,]|$)/gi,
  /\b(?:a\.d|d\.d|d\.o\.o|e\.s\.p|z\.s\.p\.o)\.?(?=[\s,A-Z]|$)/g,
]

/** Dropped from the end of a name, as often as they stand there; written here without dots and in lower case. */
const endings = new Set(
  `ab ad ag ao aps as asa bhd berhad bsc bv bvba ca cjsc closed co company corp corporation dd doo ead eirl eood
  epp esp eurl gmbh group hf holding holdings inc incorporated jsc kft kg kk ks kscp llc llp lp ltd ltda limited
  limitada mbh me nv nyrt oao ohg ojsc ood ooo oy oyj pao pc pjs pjsc plc private pt pte pty pvt qsc sa saa sac
  sae saoc saog sarl sas sasu sau sca scrl sdn sha sia sl slu sociedad spa sprl srl sro tbk uab wll
  zao zrt zspo`.split(/\s+/),
)

/** Dropped from the beginning. */
const beginnings = new Set('ao cjsc jsc llc oao ojsc ooo pao pjsc prjsc pt sia the tov uab zao'.split(' '))

/** No slug ends in one. */
const joining = new Set('a and da de der des di do e en et for fur in of the to und y'.split(' '))

/** As the database writes it, less brackets, quotation marks and legal form; the whole name if nothing else is left. */
export function shortName(organisation: string): string {
  let text = organisation
  for (const phrase of legalPhrases) text = text.replaceAll(phrase, ' ')
  const words = text.split(/[\s,]+/).filter((word) => /[\p{L}\p{N}]/u.test(word))
  while (words.length > 1 && isIn(endings, words.at(-1))) words.pop()
  while (words.length > 1 && isIn(beginnings, words[0])) words.shift()
  return words.length > 0 ? words.join(' ').replace(/[.\-–]+$/, '') : organisation
}

/** Equal for two names that differ only in case, accents, punctuation or legal form. */
export function stem(organisation: string): string {
  return plain(shortName(organisation))
}

/** Up to 30 letters, digits and hyphens, cut between words. */
export function slug(text: string): string {
  const words = plain(text).slice(0, 31).split(' ')
  if (plain(text).length > 30 && words.length > 1) words.pop()
  while (words.length > 1 && joining.has(words.at(-1) ?? '')) words.pop()
  return words.join('-').slice(0, 30)
}

function isIn(words: ReadonlySet<string>, word: string | undefined): boolean {
  return word !== undefined && words.has(word.toLowerCase().replaceAll(/[./]/g, ''))
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\p{M}.'’&/]/gu, '')
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()
}
