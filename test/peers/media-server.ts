// A real nginx that serves files over HTTP/1.1, HTTP/2 and TLS, and takes live streams over RTMP, with and without TLS, to serve them as
// HLS; and ffmpegs that send it one and pass it on in other forms. Knows no probe.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { certificates, key } from '../unit/health/certificates.ts'
import { findProgram } from './tools.ts'

/** Where Debian's libnginx-mod-rtmp puts its module. */
export const rtmpModule = '/usr/lib/nginx/modules/ngx_rtmp_module.so'
/** Where Debian's libnginx-mod-stream puts its module, which speaks TLS for whatever is behind it. */
export const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so'

export interface MediaServer {
  readonly directory: string
  /** Of HTTP/1.1, HTTP/2, RTMP and RTMPS; over TLS with a certificate for edge.example.net. Without the stream module no RTMPS. */
  readonly ports: { readonly http: number; readonly https: number; readonly rtmp: number; readonly rtmps: number }
  /** Takes connections, as the kernel does that for it, and says nothing. */
  freeze(): void
  goOn(): void
  stop(): Promise<void>
}

/** Starts it with `files` at its root; the playlist of a stream live/NAME is /hls/NAME.m3u8. */
export async function startMediaServer(files: Readonly<Record<string, string>>): Promise<MediaServer> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-nginx-'))
  const ports = { http: await freePort(), https: await freePort(), rtmp: await freePort(), rtmps: await freePort() }
  for (const part of ['www', 'hls', 'temporary']) mkdirSync(join(directory, part))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, 'www', name), text)
  writeFileSync(join(directory, 'certificate.pem'), certificates.good)
  writeFileSync(join(directory, 'key.pem'), key)
  const path = join(directory, 'nginx.conf')
  writeFileSync(path, configuration(directory, ports))
  const nginx = start('nginx', ['-p', directory, '-e', join(directory, 'errors'), '-c', path, '-g', 'daemon off;'])
  await until(`nginx to listen`, nginx, () => accepts(ports.rtmp))
  return {
    directory,
    ports,
    freeze: () => void nginx.kill('SIGSTOP'),
    goOn: () => void nginx.kill('SIGCONT'),
    stop: async () => {
      await end(nginx)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export interface Encoder {
  /** Stops sending without a word, or goes on; the connection stays. */
  freeze(): void
  goOn(): void
  stop(): Promise<void>
}

/** Sends a test picture and tone as live/NAME, keyframes a second apart, and waits until there is a playlist of it. */
export async function startEncoder({ directory, ports }: MediaServer, name: string): Promise<Encoder> {
  const picture = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=10', '-f', 'lavfi', '-i', 'sine']
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-keyint_min', '10', '-c:a', 'aac']
  const target = ['-f', 'flv', `rtmp://127.0.0.1:${ports.rtmp}/live/${name}`]
  const ffmpeg = start('ffmpeg', ['-loglevel', 'error', ...picture, ...codecs, ...target])
  await until(`a playlist of ${name}`, ffmpeg, async () => existsSync(join(directory, 'hls', `${name}.m3u8`)))
  return {
    freeze: () => void ffmpeg.kill('SIGSTOP'),
    goOn: () => void ffmpeg.kill('SIGCONT'),
    stop: () => end(ffmpeg),
  }
}

/** Passes live/NAME on as HLS in fMP4, at /hls/NAME-fmp4.m3u8, and waits until there is a playlist of it. */
export async function passOnAsFmp4({ directory, ports }: MediaServer, name: string): Promise<ChildProcess> {
  const playlist = join(directory, 'hls', `${name}-fmp4.m3u8`)
  const source = ['-i', `rtmp://127.0.0.1:${ports.rtmp}/live/${name}`, '-c', 'copy']
  const list = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '6', '-hls_flags', 'delete_segments']
  const segments = ['-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', `${name}-init.mp4`]
  const ffmpeg = start('ffmpeg', ['-loglevel', 'error', ...source, ...list, ...segments, playlist])
  await until(`a playlist of ${name} in fMP4`, ffmpeg, async () => existsSync(playlist))
  return ffmpeg
}

/** Passes live/NAME on as HTTP-FLV at this port, to the one client that comes first, and ends with it. */
export function passOnAsFlv({ ports }: MediaServer, name: string, port: number): ChildProcess {
  const source = ['-i', `rtmp://127.0.0.1:${ports.rtmp}/live/${name}`, '-c', 'copy']
  const target = ['-f', 'flv', '-listen', '1', `http://127.0.0.1:${port}/live/${name}.flv`]
  return start('ffmpeg', ['-loglevel', 'error', ...source, ...target])
}

/** Whether somebody listens at this TCP port; a listener that is content with one client is not disturbed. */
export function listensAt(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const listening = '0A'
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([, address, , state]) => address === local && state === listening)
}

/** Writes two seconds of the test picture as an FLV file. */
export async function writeFlv(path: string): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=10', '-f', 'lavfi', '-i', 'sine', '-t', '2']
  const ffmpeg = start('ffmpeg', ['-loglevel', 'error', ...picture, '-c:v', 'libx264', '-c:a', 'aac', path])
  await ended(ffmpeg)
}

/** Runs a program in its own right; nothing it says is heard. */
export function start(program: string, args: readonly string[], cwd?: string): ChildProcess {
  return spawn(findProgram(program) ?? program, args, { stdio: ['ignore', 'ignore', 'ignore'], cwd })
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await ended(child)
}

/** Asks again and again until it is so. Throws after a minute, or when the program has ended. */
export async function until(what: string, child: ChildProcess, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) {
    if (child.exitCode !== null) throw new Error(`waiting for ${what}: ${child.spawnfile} ended with ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error(`waiting for ${what}: in vain`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Stops a program where it is; resolves when none of its threads runs any more, which the signal alone does not say. */
export async function freeze(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  const threads = `/proc/${child.pid}/task`
  const isStopped = (thread: string): boolean =>
    /^State:\s+T/m.test(readFileSync(join(threads, thread, 'status'), 'utf8'))
  await until('it to stop', child, async () => readdirSync(threads).every(isStopped))
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

function configuration(directory: string, { http, https, rtmp, rtmps }: MediaServer['ports']): string {
  const certificate = `ssl_certificate ${directory}/certificate.pem; ssl_certificate_key ${directory}/key.pem;`
  const hasStream = existsSync(streamModule)
  const servers = [`127.0.0.1:${http}`, `127.0.0.1:${https} ssl http2`]
    .map((listen) => `server { listen ${listen}; location /hls/ { alias ${directory}/hls/; } }`)
    .join('\n  ')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
load_module ${rtmpModule};
${hasStream ? `load_module ${streamModule};` : ''}
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${directory}/pid;
error_log ${directory}/errors;
# One process, which leaves nobody behind when it is killed.
master_process off;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${directory}/temporary/${kind};`).join('\n  ')}
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; video/x-flv flv; text/html html; }
  ${certificate}
  root ${directory}/www;
  ${servers}
}
${hasStream ? `stream { server { listen 127.0.0.1:${rtmps} ssl; ${certificate} proxy_pass 127.0.0.1:${rtmp}; } }` : ''}
rtmp {
  server {
    listen 127.0.0.1:${rtmp};
    application live { live on; hls on; hls_path ${directory}/hls; hls_fragment 1s; hls_playlist_length 6s; }
  }
}
`
}
