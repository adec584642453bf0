// Fills static/vendor from node_modules (see package-lock.json): htmx, uPlot,
// Tabler's style sheet and one SVG sprite with the icons the pages use. Plain Node, no
// other packages; the same input gives the same bytes.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const vendor = join(root, 'static', 'vendor')

// The icons are those named in the views: Icon("plus") and Icon() methods'
// return values. A name that is no icon is an error, not a hole in a page.
const icons = [
  'alert-circle', 'alert-triangle', 'archive', 'arrow-back-up', 'arrow-right', 'calendar-off',
  'chart-bar', 'check', 'chevron-down', 'chevron-left', 'chevron-right', 'chevron-up',
  'circle-check', 'clock', 'copy', 'device-mobile', 'dots-vertical', 'download', 'external-link', 'eye',
  'file-off', 'help', 'history', 'info-circle', 'keyboard', 'link', 'list', 'lock', 'moon',
  'pencil', 'player-pause', 'player-play', 'plus', 'printer', 'qrcode', 'ruler-2', 'search',
  'search-off', 'selector', 'sun', 'user', 'wifi-off', 'x',
]

function symbol(name) {
  const file = join(modules, '@tabler', 'icons', 'icons', 'outline', `${name}.svg`)
  const svg = readFileSync(file, 'utf8')
  const body = svg
    .slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'))
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, '')
    .replace(/\s+/g, ' ')
    .replace(/> </g, '><')
    .trim()
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`
}

// Names used in the sources but missing above would be an empty box on a page.
function namedInViews() {
  const dir = join(root, 'views')
  const names = new Set()
  for (const file of readdirSync(dir)) {
    if (!file.endsWith('.templ')) continue
    for (const m of readFileSync(join(dir, file), 'utf8').matchAll(/@Icon\("([a-z0-9-]+)"\)/g)) names.add(m[1])
  }
  return names
}

if (!existsSync(join(modules, 'htmx.org'))) {
  console.error('scripts/assets.mjs: node_modules is missing; run `npm ci` first, or `make assets`, which does both')
  process.exit(1)
}

const unknown = [...namedInViews()].filter((name) => !icons.includes(name))
if (unknown.length > 0) {
  console.error(`scripts/assets.mjs: add to the icon list: ${unknown.join(', ')}`)
  process.exit(1)
}

mkdirSync(vendor, { recursive: true })
copyFileSync(join(modules, 'htmx.org', 'dist', 'htmx.min.js'), join(vendor, 'htmx.min.js'))
const css = readFileSync(join(modules, '@tabler', 'core', 'dist', 'css', 'tabler.min.css'), 'utf8')
writeFileSync(join(vendor, 'tabler.min.css'), css.replace(/\/\*# sourceMappingURL=.*?\*\/\s*$/, ''))
copyFileSync(join(modules, 'uplot', 'dist', 'uPlot.iife.min.js'), join(vendor, 'uplot.min.js'))
copyFileSync(join(modules, 'uplot', 'dist', 'uPlot.min.css'), join(vendor, 'uplot.min.css'))
writeFileSync(
  join(vendor, 'icons.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${icons.map(symbol).join('')}</svg>\n`,
)
console.log(`static/vendor: htmx, Tabler, uPlot, ${icons.length} icons`)
