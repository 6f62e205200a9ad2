export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type CompletionShell = (typeof SHELLS)[number];

/** How the script of a shell comes to where the shell looks for it. */
export const INSTALL: Readonly<Record<CompletionShell, { readonly name: string; readonly text: string }>> = {
  bash: {
    name: 'bash 3.2 and later',
    text: `Install, where the package bash-completion is in use (it is loaded with the first use of livedebug):
  mkdir -p ~/.local/share/bash-completion/completions
  livedebug completion bash > ~/.local/share/bash-completion/completions/livedebug
Anywhere else:
  livedebug completion bash > ~/.livedebug-completion.bash
  echo 'source ~/.livedebug-completion.bash' >> ~/.bashrc
Then open a new shell. After an update of livedebug write the file again.
`,
  },
  zsh: {
    name: 'zsh',
    text: `Install, into a folder of your own:
  mkdir -p ~/.zfunc
  livedebug completion zsh > ~/.zfunc/_livedebug
and in ~/.zshrc, before any other line with compinit:
  fpath+=(~/.zfunc)
  autoload -Uz compinit && compinit
Then open a new shell; if nothing is completed, remove ~/.zcompdump. After an update of livedebug write the file again.
`,
  },
  fish: {
    name: 'fish 3',
    text: `Install:
  mkdir -p ~/.config/fish/completions
  livedebug completion fish > ~/.config/fish/completions/livedebug.fish
Every shell has it at once. After an update of livedebug write the file again.
`,
  },
  powershell: {
    name: 'Windows PowerShell 5.1 and PowerShell 7',
    text: `Install:
  livedebug completion powershell > "$HOME\\livedebug-completion.ps1"
  if (-not (Test-Path $PROFILE)) { New-Item $PROFILE -Force }
  Add-Content $PROFILE '. "$HOME\\livedebug-completion.ps1"'
Then open a new shell. Where scripts may not run ("running scripts is disabled on this system"):
  Set-ExecutionPolicy -Scope CurrentUser RemoteSigned
After an update of livedebug write the file again.
`,
  },
};
