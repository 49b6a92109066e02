// Before anything is drawn: the theme that was chosen here the last time. Where none
// was, the page follows the system.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // A browser that keeps nothing for us: the system's theme it is.
}
