// LOC data (RFC 1876 sections 2 and 3): latitude, longitude, altitude, size and precisions. Knows no owner and no zone.
import { failed, type Result } from './presentation.ts'

const form = 'd [m [s]] N|S d [m [s]] E|W altitude[m] [size[m] [horizontal[m] [vertical[m]]]]'
const equator = 2 ** 31
/** Altitudes are counted from 100 km below the surface. */
const lowestCentimetres = 10_000_000
const defaults = { size: 0x12, horizontal: 0x16, vertical: 0x13 }

/** The 16 octets of version 0 from its tokens. */
export function encodeLoc(tokens: readonly string[]): Result<Uint8Array> {
  const north = angle(tokens, 0, 'N', 'S', 90)
  if (failed(north)) return north
  const east = angle(tokens, north.next, 'E', 'W', 180)
  if (failed(east)) return east
  const [altitude, size, horizontal, vertical, ...more] = tokens.slice(east.next)
  const height = /^(-?\d{1,8}(?:\.\d{1,2})?)m?$/.exec(altitude ?? '')
  const centimetres = height === null ? NaN : Math.round(Number(height[1]) * 100) + lowestCentimetres
  if (!(centimetres >= 0 && centimetres < 2 ** 32))
    return { error: `altitude is "${altitude ?? ''}", expected ${form}`, token: east.next }
  if (more.length > 0) return { error: `"${more[0]}" after the vertical precision`, token: east.next + 4 }
  const sizes = [
    precision(size, defaults.size),
    precision(horizontal, defaults.horizontal),
    precision(vertical, defaults.vertical),
  ]
  if (sizes.includes(-1)) {
    const error = `"${tokens.slice(east.next + 1).join(' ')}", expected metres up to 90000000`
    return { error, token: east.next + 1 + sizes.indexOf(-1) }
  }
  const rdata = new Uint8Array(16)
  rdata.set(sizes, 1)
  const view = new DataView(rdata.buffer)
  view.setUint32(4, north.value)
  view.setUint32(8, east.value)
  view.setUint32(12, centimetres)
  return rdata
}

/** The text of LOC data; null when it is not of version 0 or says what no text can. */
export function formatLoc(rdata: Uint8Array): string | null {
  if (rdata.length !== 16 || rdata[0] !== 0) return null
  const view = new DataView(rdata.buffer, rdata.byteOffset, 16)
  const sizes = [1, 2, 3].map((at) => metres(rdata[at]))
  const north = formatAngle(view.getUint32(4), 'N', 'S', 90)
  const east = formatAngle(view.getUint32(8), 'E', 'W', 180)
  if (north === null || east === null || sizes.includes(null)) return null
  const altitude = (view.getUint32(12) - lowestCentimetres) / 100
  return `${north} ${east} ${altitude.toFixed(2)}m ${sizes.map((size) => `${size}m`).join(' ')}`
}

/** Degrees, minutes and seconds up to a letter, as thousandths of a second around the equator or the prime meridian. */
function angle(
  tokens: readonly string[],
  from: number,
  plus: string,
  minus: string,
  most: number,
): Result<{ value: number; next: number }> {
  const found = tokens.slice(from, from + 4)
  const wrong = (at: number) => ({ error: `"${found.join(' ')}", expected ${form}`, token: from + at })
  const numbers = found.findIndex((token, i) => !(i < 2 ? /^\d{1,3}$/ : /^\d{1,2}(?:\.\d{1,3})?$/).test(token))
  const end = Math.min(3, numbers < 0 ? found.length : numbers)
  const letter = found.at(end)?.toUpperCase()
  if (end === 0 || (letter !== plus && letter !== minus)) return wrong(end)
  const [degrees, minutes = 0, seconds = 0] = found.slice(0, end).map(Number)
  const thousandths = degrees * 3_600_000 + minutes * 60_000 + Math.round(seconds * 1000)
  if (minutes > 59) return wrong(1)
  if (seconds >= 60) return wrong(2)
  if (thousandths > most * 3_600_000) return wrong(0)
  return { value: equator + (letter === plus ? thousandths : -thousandths), next: from + end + 1 }
}

function formatAngle(value: number, plus: string, minus: string, most: number): string | null {
  const thousandths = Math.abs(value - equator)
  if (thousandths > most * 3_600_000) return null
  const minutes = Math.floor(thousandths / 60_000)
  const seconds = ((thousandths % 60_000) / 1000).toFixed(3)
  return `${Math.floor(minutes / 60)} ${minutes % 60} ${seconds} ${value >= equator ? plus : minus}`
}

/** Metres as a digit and a power of ten of centimetres in one octet; -1 when they are none. */
function precision(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const found = /^(\d{1,8}(?:\.\d{1,2})?)m?$/.exec(text)
  if (found === null) return -1
  const centimetres = Math.round(Number(found[1]) * 100)
  if (centimetres > 9_000_000_000) return -1
  if (centimetres === 0) return 0
  const power = String(centimetres).length - 1
  return (Math.floor(centimetres / 10 ** power) << 4) | power
}

function metres(octet: number): string | null {
  const [digit, power] = [octet >> 4, octet & 15]
  if (digit > 9 || power > 9 || (digit === 0 && power > 0)) return null
  return String((digit * 10 ** power) / 100)
}
