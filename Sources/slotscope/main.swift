import SlotscopeCommands

await SlotscopeProgram.main()
