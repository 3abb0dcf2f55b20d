import FixtureSupport
import ServerLab

/// Random choices that a number repeats (SplitMix64).
struct TrialRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func pick<T>(_ choices: [T]) -> T { choices[number(0...choices.count - 1)] }

  /// Waits for some milliseconds of a range.
  mutating func pause(_ milliseconds: ClosedRange<Int>) async throws {
    try await Task.sleep(for: .milliseconds(number(milliseconds)))
  }
}

/// How many failovers, and which: SLOTSCOPE_TRIALS for each plan and version (1 where it is not set), SLOTSCOPE_SEED of
/// the first one (else a new one each time, printed with every trial so that it can be repeated).
enum TrialSettings {
  /// A version goes one way in a short run: the newest that it has.
  static let newPrimaries = Lab.servers.filter { $0.major < 16 || count > 1 }
  static let standbys = Lab.servers.filter { $0.major == 16 || $0.major > 16 && count > 1 }
  static let followers = Lab.servers.filter { [15, 17].contains($0.major) || count > 1 }
  /// For scripts that are cut off: in a short run one version of each way.
  static let wholeFailovers = Lab.servers.filter { [15, 16, 18].contains($0.major) || count > 1 }
  static let count = Environment.value("SLOTSCOPE_TRIALS").flatMap { Int($0) } ?? 1
  static let firstSeed: UInt64 =
    Environment.value("SLOTSCOPE_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999) * 1000
}
