// Choosing codes in the list: what is ticked stays chosen while searching and
// paging, until it was used or cleared. The boxes belong to the bar's form and
// work without any of this, one page at a time.
(() => {
  'use strict'
  const chosen = new Set()
  const bar = () => document.querySelector('[data-bulk]')
  const boxes = () => [...document.querySelectorAll('tbody .select-box')]
  const number = new Intl.NumberFormat('en')

  const refresh = () => {
    const form = bar()
    if (!form) return
    const shown = boxes()
    const elsewhere = new Set(chosen)
    for (const box of shown) {
      box.checked = chosen.has(box.value)
      elsewhere.delete(box.value)
    }
    const all = form.querySelector('[data-bulk-all]')
    form.querySelector('[data-bulk-elsewhere]').value = all.checked ? '' : [...elsewhere].join()
    const count = all.checked ? Number(form.dataset.total) : chosen.size
    let text = `${number.format(count)} chosen`
    if (!all.checked && elsewhere.size) text += `, ${number.format(elsewhere.size)} of them not on this page`
    form.querySelector('[data-bulk-count]').textContent = text
    form.classList.toggle('is-active', count > 0)
    const page = document.querySelector('[data-bulk-page]')
    const ticked = shown.filter((box) => box.checked).length
    page.checked = shown.length > 0 && ticked === shown.length
    page.indeterminate = ticked > 0 && !page.checked
  }

  const put = (box, wanted) => (wanted ? chosen.add(box.value) : chosen.delete(box.value))
  // A browser that comes back to the page ticks again what was ticked.
  const adopt = () => {
    for (const box of boxes()) if (box.checked) chosen.add(box.value)
    refresh()
  }

  document.addEventListener('change', (e) => {
    if (e.target.matches('[data-bulk-page]')) for (const box of boxes()) put(box, e.target.checked)
    else if (e.target.matches('tbody .select-box')) put(e.target, e.target.checked)
    else if (!e.target.matches('[data-bulk-all]')) return
    if (e.target.matches('.select-box') && !e.target.checked) bar().querySelector('[data-bulk-all]').checked = false
    refresh()
  })
  document.addEventListener('click', (e) => {
    if (!e.target.closest('[data-bulk-clear]')) return
    chosen.clear()
    bar().querySelector('[data-bulk-all]').checked = false
    refresh()
    document.querySelector('[data-bulk-page]').focus()
  })

  // Only what says something goes into the address, and with every match
  // chosen no single code.
  document.addEventListener('formdata', (e) => {
    if (!e.target.matches('[data-bulk]')) return
    if (e.formData.has('all')) e.formData.delete('id')
    else {
      const ids = e.formData.getAll('id').filter(Boolean).join()
      e.formData.delete('id')
      if (ids) e.formData.set('id', ids)
    }
  })

  document.addEventListener('htmx:afterSettle', (e) => {
    if (e.target.id === 'bulk-dialog') e.target.showModal()
    refresh()
  })
  addEventListener('pageshow', adopt)
  adopt()
})()
