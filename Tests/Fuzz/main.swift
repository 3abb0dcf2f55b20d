import FixtureSupport
import Glibc
import Synchronization

/// The fuzz targets: `slotscope-fuzz TARGET [options of libFuzzer] CORPUS`.
///
///     slotscope-fuzz --list          the names of the targets
///     slotscope-fuzz --seeds FOLDER  writes each target's first inputs to FOLDER/TARGET, made from Fixtures

/// libFuzzer's own loop: calls `input` with one input after the other until it has had enough.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ input: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "--list":
  print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
case "--seeds" where arguments.count == 3:
  try Seeds.write(to: arguments[2])
case let name?:
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("no target \(name)")
    exit(64)
  }
  FuzzTarget.current.withLock { $0 = target }
  var count = CommandLine.argc
  var vector = CommandLine.unsafeArgv
  // The target's name is not for libFuzzer.
  unsafe vector[1] = vector[0]
  unsafe vector += 1
  count -= 1
  let status = unsafe runDriver(&count, &vector) { start, count in
    FuzzTarget.take([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
  }
  exit(status)
case nil:
  print("slotscope-fuzz TARGET, --list or --seeds FOLDER")
  exit(64)
}
