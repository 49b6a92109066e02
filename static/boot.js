// Starts the app, or says why not. The app takes the shell away when it is there.
const APP = "{{app.js}}";
const WASM = "{{app.wasm}}";

try {
  // Not a plain import: that one fails before there is anybody to say so.
  const { default: init } = await import(APP);
  await init({ module_or_path: WASM });
} catch (error) {
  console.error(error);
  say(
    "WebAssembly" in globalThis
      ? `The workbench did not start (${error}). Reload the page; if that does not help, the server may be down.`
      : "The workbench did not start: this browser has no WebAssembly, or it is switched off. A current Firefox, Chrome, Edge or Safari has it.",
  );
}

/** Shows a sentence in place of the shell, or above whatever has come after it. */
function say(sentence) {
  let shell = document.getElementById("shell");
  if (shell === null) {
    shell = document.createElement("p");
    shell.id = "shell";
    document.body.prepend(shell);
  }
  shell.setAttribute("role", "alert");
  shell.textContent = sentence;
}
