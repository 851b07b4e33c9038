/**
 * Reads `NO_PROXY` as docker and curl do: a name stands for itself and for every name below it, with or without `.` or `*.` in front; `*` for
 * all; `name:port` for that port alone (Go, golang.org/x/net/http/httpproxy). The Azure pipeline takes a bare name for itself only.
 *
 * @returns whether a URL is asked directly
 */
export function readNoProxy(text = ''): (url: string) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .map(entry => {
      const [, name = entry, port] = /^(?:\*?\.)?([^:]+)(?::(\d+))?$/.exec(entry) ?? []
      return { name, port }
    })
  return url => {
    const { hostname, port, protocol } = new URL(url)
    const asked = port === '' ? (protocol === 'http:' ? '80' : '443') : port
    return entries.some(
      entry =>
        (entry.name === '*' || hostname === entry.name || hostname.endsWith(`.${entry.name}`)) &&
        (entry.port === undefined || entry.port === asked),
    )
  }
}
