// Downloads the ZIP with a bar and a way to cancel. Each file's size stands
// ahead of it in the stream, so the files can be counted as they come. Without
// this the form's answer is the download.
(() => {
  'use strict'
  const form = document.querySelector('[data-archive]')
  if (!form || !window.ReadableStream) return
  const bar = form.querySelector('progress')
  const words = form.querySelector('[data-archive-words]')
  const cancel = form.querySelector('[data-archive-cancel]')
  const start = form.querySelector('.btn-primary')

  // Counts files: 30 bytes of head, name, extra, data (APPNOTE.TXT §4.3.7).
  const counter = (found) => {
    let head = new Uint8Array(0)
    let skip = 0
    return (chunk) => {
      let at = 0
      while (at < chunk.length) {
        const step = Math.min(skip, chunk.length - at)
        at += step
        skip -= step
        if (skip > 0 || at === chunk.length) continue
        const need = Math.min(30 - head.length, chunk.length - at)
        const grown = new Uint8Array(head.length + need)
        grown.set(head)
        grown.set(chunk.subarray(at, at + need), head.length)
        head = grown
        at += need
        if (head.length < 30) return
        const view = new DataView(head.buffer)
        head = new Uint8Array(0)
        if (view.getUint32(0, true) !== 0x04034b50) return (skip = Infinity) // the list at the end
        skip = view.getUint32(18, true) + view.getUint16(26, true) + view.getUint16(28, true)
        found()
      }
    }
  }

  const busy = (on) => {
    start.disabled = on
    cancel.hidden = !on
    if (on) form.querySelector('[data-archive-progress]').hidden = false
  }

  form.addEventListener('submit', async (e) => {
    e.preventDefault()
    const total = Number(form.dataset.codes) * form.querySelectorAll('[name=format]:checked').length
    const abort = new AbortController()
    cancel.onclick = () => abort.abort()
    busy(true)
    let files = 0
    bar.max = total || 1
    bar.value = 0
    words.textContent = 'Starting …'
    try {
      const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), signal: abort.signal })
      if (!answer.ok) return form.submit() // the server says what is wrong
      const count = counter(() => (bar.value = files++))
      const parts = []
      for (const reader = answer.body.getReader(); ; ) {
        const { done, value } = await reader.read()
        if (done) break
        count(value)
        parts.push(new Blob([value])) // the browser may keep it on disk
        words.textContent = `${Math.min(files, total)} of ${total} files`
      }
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob(parts, { type: 'application/zip' }))
      link.download = /filename="?([^";]+)/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? 'qr-codes.zip'
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 60000)
      words.textContent = `Done: ${Math.max(0, files - 1)} files and the list.`
      bar.value = bar.max
    } catch {
      words.textContent = abort.signal.aborted ? 'Cancelled. Nothing was saved.' : 'The download broke off. Check the connection and try again.'
    }
    busy(false)
    start.focus()
  })
})()
