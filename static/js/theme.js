// Runs before the first paint: the page never flashes in the wrong colours.
// Whoever never touched the switch follows the system.
(() => {
  'use strict'
  const root = document.documentElement
  const system = matchMedia('(prefers-color-scheme: dark)')
  const stored = () => {
    try {
      return localStorage.getItem('theme')
    } catch {
      return null // storage is blocked: the system decides
    }
  }
  const apply = () => {
    const dark = (stored() ?? (system.matches ? 'dark' : 'light')) === 'dark'
    root.dataset.bsTheme = dark ? 'dark' : 'light'
    for (const b of document.querySelectorAll('[data-theme-toggle]')) b.setAttribute('aria-pressed', String(dark))
  }

  root.classList.add('js')
  apply()
  system.addEventListener('change', apply)
  addEventListener('storage', apply)
  addEventListener('DOMContentLoaded', apply)
  document.addEventListener('click', (e) => {
    if (!e.target.closest('[data-theme-toggle]')) return
    const next = root.dataset.bsTheme === 'dark' ? 'light' : 'dark'
    try {
      localStorage.setItem('theme', next)
    } catch {
      root.dataset.bsTheme = next
      return
    }
    apply()
  })
})()
