// Draws a chart of a table: each column whose heading has data-line is a line,
// each row a step, named by its heading. The table stays what says it all; the
// chart is for a glance. <div data-chart="id of the table">.
(() => {
  'use strict'
  const colours = { people: '--info', bots: '--warn', previews: '--good' }
  // light-dark() comes out unresolved of a custom property, so it is asked of
  // an element.
  const colour = (host, name) => {
    host.style.color = `var(${name})`
    const c = getComputedStyle(host).color
    host.style.color = ''
    return c
  }
  const number = (cell) => Number(cell.textContent.replaceAll(',', ''))

  const read = (table) => {
    const rows = [...table.tBodies[0].rows].reverse() // the table has the newest first
    const heads = [...table.tHead.rows[0].cells]
    const lines = heads.map((head, column) => ({ head, column })).filter(({ head }) => head.dataset.line)
    return {
      step: heads[0].textContent.trim(),
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      shorts: rows.map((row) => row.cells[0].dataset.short),
      lines: lines.map(({ head, column }) => ({
        name: head.dataset.line,
        label: head.textContent.trim(),
        values: rows.map((row) => number(row.cells[column])),
      })),
    }
  }

  const draw = (host) => {
    const table = document.getElementById(host.dataset.chart)
    if (!table || !window.uPlot) return
    const data = read(table)
    const count = data.labels.length
    host.replaceChildren()
    const text = colour(host, '--muted')
    const grid = { stroke: colour(host, '--line'), width: 1 }
    const bars = data.lines.length === 1 && count <= 120
    const legend = 32
    const plot = new uPlot(
      {
        width: host.clientWidth - parseFloat(getComputedStyle(host).paddingInlineStart) * 2,
        height: host.clientHeight - legend,
        scales: { x: { time: false, range: [-0.5, count - 0.5] }, y: { range: (u, min, max) => [0, Math.max(max * 1.1, 1)] } },
        cursor: { y: false, drag: { setScale: false, x: false } },
        axes: [
          {
            stroke: text,
            grid: { show: false },
            ticks: grid,
            space: 70,
            incrs: [1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 48, 72, 96, 168],
            values: (u, splits) => splits.map((i) => data.shorts[i] ?? ''),
          },
          { stroke: text, grid, ticks: grid, size: (u, values) => 22 + 7 * Math.max(1, ...(values ?? []).map((v) => v.length)), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6] },
        ],
        series: [
          { label: data.step, value: (u, i) => data.labels[i] ?? '–' },
          ...data.lines.map((line) => {
            const stroke = colour(host, colours[line.name] ?? '--info')
            return {
              label: line.label,
              stroke,
              width: bars ? 0 : 2,
              fill: bars ? stroke : undefined,
              points: { show: !bars && count <= 60, size: 5 },
              paths: bars ? uPlot.paths.bars({ size: [0.7, 48] }) : uPlot.paths.linear(),
              value: (u, v) => (v == null ? '–' : v.toLocaleString('en-GB')),
            }
          }),
        ],
      },
      [data.labels.map((_, i) => i), ...data.lines.map((line) => line.values)],
      host,
    )
    host.plot = plot
  }

  const all = () => document.querySelectorAll('[data-chart]')
  const redraw = () => all().forEach(draw)
  redraw()
  let width = innerWidth
  addEventListener('resize', () => {
    if (innerWidth !== width) redraw()
    width = innerWidth
  })
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ['data-bs-theme'] })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
})()
