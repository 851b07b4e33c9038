import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import {
  bits,
  boolean,
  type Der,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  utcTime,
  utf8,
} from './der.ts'

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const day = 24 * 3600 * 1000

export interface CertificateRequest {
  subject: string
  publicKey: KeyObject
  issuer: string
  issuerPublicKey: KeyObject
  /** Key of the issuer, an EC key on P-256. */
  issuerKey: KeyObject
  /** DNS names and IP addresses; none = a certificate authority. */
  names: string[]
}

/** An X.509 v3 certificate (RFC 5280), PEM, good from yesterday (clocks differ) for a month. */
export function issueCertificate(request: CertificateRequest): string {
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name(request.issuer),
    sequence(utcTime(new Date(Date.now() - day)), utcTime(new Date(Date.now() + 30 * day))),
    name(request.subject),
    publicKeyInfo(request.publicKey),
    explicit(3, sequence(...(request.names.length > 0 ? hostExtensions(request) : authorityExtensions(request)))),
  )
  const signature = sign('sha256', toBeSigned, request.issuerKey)
  const body = sequence(toBeSigned, ecdsaWithSha256, bits(signature))
    .toString('base64')
    .replace(/.{64}/g, '$&\n')
    .trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
}

function authorityExtensions(request: CertificateRequest): Der[] {
  return [
    extension('2.5.29.19', sequence(boolean(true)), true), // basicConstraints: a CA
    extension('2.5.29.15', bits(Buffer.from([0b0000_0110]), 1), true), // keyUsage: keyCertSign, cRLSign
    extension('2.5.29.14', octets(keyId(request.publicKey))), // subjectKeyIdentifier
  ]
}

function hostExtensions(request: CertificateRequest): Der[] {
  return [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', bits(Buffer.from([0b1000_0000]), 7), true), // keyUsage: digitalSignature
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
    extension('2.5.29.17', sequence(...request.names.map(alternativeName))), // subjectAltName
    extension('2.5.29.14', octets(keyId(request.publicKey))),
    extension('2.5.29.35', sequence(implicit(0, keyId(request.issuerPublicKey)))), // authorityKeyIdentifier
  ]
}

function extension(id: string, value: Der, critical = false): Der {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))
}

function alternativeName(host: string): Der {
  if (isIP(host) === 4) return implicit(7, Buffer.from(host.split('.').map(Number)))
  if (host === '::1') return implicit(7, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]))
  return implicit(2, Buffer.from(host, 'ascii'))
}

function name(commonName: string): Der {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))))
}

function publicKeyInfo(key: KeyObject): Der {
  return key.export({ format: 'der', type: 'spki' })
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1').update(publicKeyInfo(key)).digest()
}
