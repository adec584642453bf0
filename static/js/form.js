// The form of a code: offers https://, keeps colour pickers in step, asks
// before a printed code leads elsewhere and before changes are thrown away.
(() => {
  'use strict'
  const guarded = () => document.querySelector('form[data-guard]')
  let dirty = false

  // A form that the server sent back holds what isn't saved.
  if (guarded() && document.getElementById('error-summary') || document.querySelector('form[data-guard][data-unsaved]')) dirty = true

  document.addEventListener('input', (e) => {
    const form = e.target.closest('form[data-guard]')
    if (!form) return
    dirty = true
    if (e.target.matches('[data-url]')) offerScheme(e.target)
    if (e.target.matches('[data-colour-for]')) fromPicker(e.target)
    else if (e.target.id) toPicker(e.target)
  })
  addEventListener('beforeunload', (e) => {
    if (dirty && guarded()) e.preventDefault()
  })
  document.addEventListener('submit', (e) => {
    if (e.target.matches('form[data-guard]')) dirty = false
  })
  document.addEventListener('click', (e) => {
    if (e.target.closest('[data-cancel]')) dirty = false // says itself that nothing is kept
  })

  // htmx sends the form: it is clean while under way and dirty again if it
  // comes back.
  const isSave = (e) => e.detail.requestConfig?.elt?.matches('form[data-guard]')
  document.addEventListener('htmx:beforeRequest', (e) => {
    if (isSave(e)) dirty = false
  })
  document.addEventListener('htmx:afterRequest', (e) => {
    if (isSave(e) && e.detail.xhr.status !== 204) dirty = true
  })

  // A look that was changed by a button is a change, too. What is written into
  // the field of an own size chooses it.
  document.addEventListener('htmx:afterSwap', (e) => {
    if (e.target.closest?.('form[data-guard]') && e.target.id !== 'preview') dirty = true
  })
  document.addEventListener('input', (e) => {
    const radio = e.target.dataset.picks && e.target.form?.querySelector(`[type=radio][value="${e.target.dataset.picks}"]`)
    if (radio) radio.checked = true
  }, true)

  // --- example.com/x → https://example.com/x
  const bareHost = /^(?![a-z][a-z0-9+.-]*:)([\p{L}\p{N}-]+\.)+\p{L}{2,}(:\d+)?([/?#].*)?$/iu
  function offerScheme(input) {
    const field = input.closest('.form-field')
    field.querySelector('.scheme-offer')?.remove()
    const value = input.value.trim()
    if (!bareHost.test(value)) return
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'btn btn-sm scheme-offer'
    button.textContent = 'Use https://' + (value.length > 40 ? value.slice(0, 39) + '…' : value)
    button.addEventListener('click', () => {
      input.value = 'https://' + value
      button.remove()
      input.focus()
      input.dispatchEvent(new Event('input', { bubbles: true }))
    })
    input.after(button)
  }

  // --- Colours: the text is what is sent, the picker follows.
  const hex = /^#[0-9a-f]{6}$/i
  function fromPicker(picker) {
    const text = document.getElementById(picker.dataset.colourFor)
    text.value = picker.value
  }
  function toPicker(text) {
    const picker = document.querySelector(`[data-colour-for="${text.id}"]`)
    if (picker && hex.test(text.value)) picker.value = text.value
  }

  // --- A printed code that is to lead elsewhere: once, with both addresses.
  document.addEventListener('htmx:confirm', (e) => {
    const form = e.detail.elt
    if (!form.matches?.('form[data-printed]')) return
    const input = form.elements.target_url
    const dialog = document.getElementById('retarget-dialog')
    if (!input || !dialog || input.value.trim() === form.dataset.savedTarget) return
    e.preventDefault()
    dialog.querySelector('[data-retarget-old]').textContent = form.dataset.savedTarget
    dialog.querySelector('[data-retarget-new]').textContent = input.value.trim()
    dialog.returnValue = ''
    dialog.addEventListener('close', () => (dialog.returnValue === 'yes' ? e.detail.issueRequest(true) : input.focus()), { once: true })
    dialog.showModal()
  })
})()
