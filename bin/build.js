// Emits dist/ for the published package, as Node strips no types under node_modules. Knows nothing of Nearcast.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

process.chdir(new URL('..', import.meta.url).pathname)
rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' })

// The compiler rewrites the extensions of imports, but not those of worker and child files.
for (const file of globSync('dist/**/*.js')) {
  const source = readFileSync(file, 'utf8')
  const emitted = source.replace(/(new URL\('\.[^']*)\.ts(', import\.meta\.url\))/g, '$1.js$2')
  if (emitted !== source) writeFileSync(file, emitted)
}
