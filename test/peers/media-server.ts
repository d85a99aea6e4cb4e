// A real nginx that serves files over HTTP/1.1, HTTP/2 and TLS, and takes live streams over RTMP to serve them as HLS; and an ffmpeg
// that sends it one. Knows no probe.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { certificates, key } from '../unit/health/certificates.ts'
import { findProgram } from './tools.ts'

/** Where Debian's libnginx-mod-rtmp puts its module. */
export const rtmpModule = '/usr/lib/nginx/modules/ngx_rtmp_module.so'

export interface MediaServer {
  readonly directory: string
  /** Of HTTP/1.1, HTTP/2 with a certificate for edge.example.net, and RTMP. */
  readonly ports: { readonly http: number; readonly https: number; readonly rtmp: number }
  stop(): Promise<void>
}

/** Starts it with `files` at its root; the playlist of a stream live/NAME is /hls/NAME.m3u8. */
export async function startMediaServer(files: Readonly<Record<string, string>>): Promise<MediaServer> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-nginx-'))
  const ports = { http: await freePort(), https: await freePort(), rtmp: await freePort() }
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

/** Asks again and again until it is so. Throws after twenty seconds, or when the program has ended. */
export async function until(what: string, child: ChildProcess, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    if (child.exitCode !== null) throw new Error(`waiting for ${what}: ${child.spawnfile} ended with ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error(`waiting for ${what}: in vain`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
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

function configuration(directory: string, { http, https, rtmp }: MediaServer['ports']): string {
  const servers = [`127.0.0.1:${http}`, `127.0.0.1:${https} ssl http2`]
    .map((listen) => `server { listen ${listen}; location /hls/ { alias ${directory}/hls/; } }`)
    .join('\n  ')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
load_module ${rtmpModule};
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
  ssl_certificate ${directory}/certificate.pem;
  ssl_certificate_key ${directory}/key.pem;
  root ${directory}/www;
  ${servers}
}
rtmp {
  server {
    listen 127.0.0.1:${rtmp};
    application live { live on; hls on; hls_path ${directory}/hls; hls_fragment 1s; hls_playlist_length 6s; }
  }
}
`
}
