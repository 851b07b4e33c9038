import { StringDecoder } from 'node:string_decoder'

/** A line longer than this is cut: no line of docker is, and nothing may fill the memory. In characters. */
const LONGEST_LINE = 8192

/** Cuts a stream of bytes into lines at line feeds and carriage returns, however the bytes arrive. */
export function createLineSplitter(onLine: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let cut = false

  const add = (text: string): void => {
    const room = LONGEST_LINE - rest.length
    cut ||= text.length > room
    rest += text.slice(0, room)
  }
  const flush = (): void => {
    if (rest !== '') onLine(cut ? `${rest}…` : rest)
    rest = ''
    cut = false
  }
  const take = (text: string): void => {
    const [first = '', ...more] = text.split(/\r\n|\n|\r/)
    add(first)
    for (const line of more) {
      flush()
      add(line)
    }
  }
  return {
    write: chunk => take(decoder.write(chunk)),
    end() {
      take(decoder.end())
      flush()
    },
  }
}
