// What every page of the admin side does: menus, dialogs, copying, toasts,
// shortcuts and focus after a swap. Everything listens on the document, so
// swapped-in content needs no wiring.
(() => {
  'use strict'
  const $ = (selector, within = document) => within.querySelector(selector)
  const toasts = () => document.getElementById('toasts')

  // Said to screen readers, seen by nobody.
  const say = (text) => {
    const live = document.getElementById('live')
    if (live) live.textContent = text
  }

  // --- Menus: one open at a time, closed by Escape and by a click elsewhere.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll('details.menu[open]')) if (menu !== except) menu.open = false
  }
  document.addEventListener('click', (e) => closeMenus(e.target.closest('details.menu')))
  document.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape') return
    const menu = $('details.menu[open]')
    if (!menu) return
    closeMenus()
    $('summary', menu)?.focus()
  })

  // --- Dialogs.
  document.addEventListener('click', (e) => {
    const opener = e.target.closest('[data-dialog-open]')
    if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal()
    else if (e.target.matches?.('dialog[open]')) e.target.close('no') // the backdrop
  })

  // --- Copying.
  const copy = async (text) => {
    try {
      return await navigator.clipboard.writeText(text)
    } catch {
      // Plain http on an office network has no clipboard API; go on.
    }
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'visually-hidden'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    if (!done) throw new Error('copying was refused')
  }
  document.addEventListener('click', async (e) => {
    const button = e.target.closest('[data-copy]')
    if (!button) return
    try {
      await copy(button.dataset.copy)
      button.classList.add('copied')
      setTimeout(() => button.classList.remove('copied'), 2000)
      say('Copied')
      const menu = button.closest('details.menu')
      if (menu) {
        menu.open = false
        $('summary', menu).focus()
      } else {
        button.focus()
      }
    } catch {
      say('Copying did not work. Select the text and copy it.')
    }
  })

  // --- Toasts: good news goes by itself, bad news waits to be closed. One
  // that holds the pointer or the focus stays.
  const expire = (toast) => {
    if (toast.dataset.toast === 'danger' || toast.dataset.timed) return
    toast.dataset.timed = 'yes'
    const leave = () => (toast.matches(':hover, :focus-within') ? setTimeout(leave, 3000) : toast.remove())
    setTimeout(leave, 8000)
  }
  document.addEventListener('click', (e) => {
    const button = e.target.closest('[data-dismiss]')
    if (!button) return
    button.closest('[data-toast]').remove()
    document.getElementById('main')?.focus()
  })
  if (toasts()) {
    for (const toast of [...toasts().children]) toasts().append(toast) // again, so that it is read out
    new MutationObserver(() => [...toasts().children].forEach(expire)).observe(toasts(), { childList: true })
    ;[...toasts().children].forEach(expire)
  }
  const offline = () => {
    for (const old of document.querySelectorAll('[data-offline]')) old.remove()
    const toast = $('#toast-offline').content.firstElementChild.cloneNode(true)
    toast.dataset.offline = ''
    toasts().append(toast)
  }
  for (const name of ['htmx:sendError', 'htmx:timeout']) document.addEventListener(name, offline)

  // --- Shortcuts. Never while typing, never with a modifier.
  const typing = (el) => el.closest?.('input:not([type=radio], [type=checkbox], [type=color]), textarea, select, [contenteditable]')
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || typing(e.target) || $('dialog[open]')) return
    if (e.key === '/') {
      const field = $('[data-search]')
      if (!field) return
      e.preventDefault()
      field.focus()
      field.select()
    } else if (e.key === 'n') {
      location.assign('/codes/new')
    } else if (e.key === '?') {
      document.getElementById('shortcuts')?.showModal()
    }
  })

  // --- htmx: clean addresses, aria-busy, focus that isn't lost.
  document.addEventListener('htmx:configRequest', (e) => {
    if (e.detail.verb !== 'get') return
    const p = e.detail.parameters
    for (const name of Object.keys(p)) if (p[name] === '') delete p[name]
    if (p.sort === '-created') delete p.sort
  })
  let focusKey = ''
  let verdict = $('[data-verdict]')?.dataset.verdict // said again only when it changes
  document.addEventListener('htmx:beforeRequest', (e) => {
    focusKey = document.activeElement?.dataset?.focusKey ?? ''
    e.detail.target?.setAttribute?.('aria-busy', 'true')
  })
  document.addEventListener('htmx:afterRequest', (e) => e.detail.target?.removeAttribute?.('aria-busy'))
  document.addEventListener('htmx:afterSettle', (e) => {
    const swapped = e.detail.elt
    const news = $('[data-announce]', swapped)
    if (news) say(news.textContent)
    const next = $('[data-verdict]', swapped)?.dataset.verdict
    if (next && next !== verdict) say((verdict = next))
    if (document.activeElement && document.activeElement !== document.body) return
    const target =
      (focusKey && $(`[data-focus-key="${focusKey}"]`, swapped)) ||
      $('[data-focus]', swapped) ||
      $('[aria-invalid=true]', swapped) ||
      news ||
      $('summary, a', swapped)
    target?.focus({ preventScroll: !target.matches('[aria-invalid=true]') })
  })
})()
