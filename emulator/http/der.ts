/** The few ASN.1 DER encodings a certificate needs (ITU-T X.690). */
export type Der = Buffer

function element(tag: number, content: Buffer): Der {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const size = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length]), size, content])
}

export const sequence = (...parts: Der[]): Der => element(0x30, Buffer.concat(parts))
export const set = (...parts: Der[]): Der => element(0x31, Buffer.concat(parts))
export const octets = (content: Buffer): Der => element(0x04, content)
export const boolean = (value: boolean): Der => element(0x01, Buffer.from([value ? 0xff : 0]))
export const utf8 = (text: string): Der => element(0x0c, Buffer.from(text, 'utf8'))
/** `[n]` around other elements. */
export const explicit = (n: number, ...parts: Der[]): Der => element(0xa0 | n, Buffer.concat(parts))
/** `[n]` in place of a primitive's own tag. */
export const implicit = (n: number, content: Buffer): Der => element(0x80 | n, content)

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Buffer): Der {
  return element(0x02, bytes[0] !== undefined && bytes[0] >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

/** `unused` = how many bits of the last byte don't count. */
export function bits(content: Buffer, unused = 0): Der {
  return element(0x03, Buffer.concat([Buffer.from([unused]), content]))
}

/** UTCTime; good for 1950 … 2049. */
export function utcTime(date: Date): Der {
  const digits = date.toISOString().replace(/[-:T]/g, '')
  return element(0x17, Buffer.from(`${digits.slice(2, 14)}Z`, 'ascii'))
}

/** An object identifier in dotted form. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const content = [first * 40 + second, ...rest].flatMap(arc => {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return element(0x06, Buffer.from(content))
}
