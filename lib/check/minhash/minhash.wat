;; MinHash as datatrove computes it, with the XXH64 of each word n-gram as its input.
;;
;; JavaScript has no 64-bit integer multiplication: 112 hash functions over 130 shingles of an 800-character record take
;; 20 microseconds here, and milliseconds with BigInt.
;;
;; minhash.wasm is this file, assembled by `node dist/test/check/helpers/assemble.js`; a test assembles it again and compares.
;; The memory is the caller's: see minhash.ts for what lies where.
(module
  (memory (export "memory") 4)

  ;; XXH64 with seed 0 of the `length` bytes at `at`.
  ;; https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
  (func $xxh64 (export "xxh64") (param $at i32) (param $length i32) (result i64)
    (local $end i32) (local $limit i32) (local $h i64)
    (local $v1 i64) (local $v2 i64) (local $v3 i64) (local $v4 i64)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (if (i32.ge_u (local.get $length) (i32.const 32))
      (then
        (local.set $v1 (i64.const 0x60EA27EEADC0B5D6)) ;; PRIME1 + PRIME2
        (local.set $v2 (i64.const 0xC2B2AE3D27D4EB4F)) ;; PRIME2
        (local.set $v3 (i64.const 0))
        (local.set $v4 (i64.const 0x61C8864E7A143579)) ;; -PRIME1
        (local.set $limit (i32.sub (local.get $end) (i32.const 32)))
        (loop $stripe
          (local.set $v1 (call $round (local.get $v1) (i64.load (local.get $at))))
          (local.set $v2 (call $round (local.get $v2) (i64.load offset=8 (local.get $at))))
          (local.set $v3 (call $round (local.get $v3) (i64.load offset=16 (local.get $at))))
          (local.set $v4 (call $round (local.get $v4) (i64.load offset=24 (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $stripe (i32.le_u (local.get $at) (local.get $limit))))
        (local.set $h
          (i64.add
            (i64.add
              (i64.rotl (local.get $v1) (i64.const 1))
              (i64.rotl (local.get $v2) (i64.const 7)))
            (i64.add
              (i64.rotl (local.get $v3) (i64.const 12))
              (i64.rotl (local.get $v4) (i64.const 18)))))
        (local.set $h (call $merge (local.get $h) (local.get $v1)))
        (local.set $h (call $merge (local.get $h) (local.get $v2)))
        (local.set $h (call $merge (local.get $h) (local.get $v3)))
        (local.set $h (call $merge (local.get $h) (local.get $v4))))
      (else
        (local.set $h (i64.const 0x27D4EB2F165667C5)))) ;; PRIME5
    (local.set $h (i64.add (local.get $h) (i64.extend_i32_u (local.get $length))))
    (block $done8
      (loop $next8
        (br_if $done8 (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $end)))
        (local.set $h
          (i64.add
            (i64.mul
              (i64.rotl
                (i64.xor (local.get $h) (call $round (i64.const 0) (i64.load (local.get $at))))
                (i64.const 27))
              (i64.const 0x9E3779B185EBCA87)) ;; PRIME1
            (i64.const 0x85EBCA77C2B2AE63))) ;; PRIME4
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next8)))
    (if (i32.le_u (i32.add (local.get $at) (i32.const 4)) (local.get $end))
      (then
        (local.set $h
          (i64.add
            (i64.mul
              (i64.rotl
                (i64.xor
                  (local.get $h)
                  (i64.mul (i64.load32_u (local.get $at)) (i64.const 0x9E3779B185EBCA87))) ;; PRIME1
                (i64.const 23))
              (i64.const 0xC2B2AE3D27D4EB4F)) ;; PRIME2
            (i64.const 0x165667B19E3779F9))) ;; PRIME3
        (local.set $at (i32.add (local.get $at) (i32.const 4)))))
    (block $done1
      (loop $next1
        (br_if $done1 (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $h
          (i64.mul
            (i64.rotl
              (i64.xor
                (local.get $h)
                (i64.mul (i64.load8_u (local.get $at)) (i64.const 0x27D4EB2F165667C5))) ;; PRIME5
              (i64.const 11))
            (i64.const 0x9E3779B185EBCA87))) ;; PRIME1
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next1)))
    ;; avalanche
    (local.set $h
      (i64.mul
        (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 33)))
        (i64.const 0xC2B2AE3D27D4EB4F))) ;; PRIME2
    (local.set $h
      (i64.mul
        (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 29)))
        (i64.const 0x165667B19E3779F9))) ;; PRIME3
    (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 32))))

  (func $round (param $accumulator i64) (param $lane i64) (result i64)
    (i64.mul
      (i64.rotl
        (i64.add
          (local.get $accumulator)
          (i64.mul (local.get $lane) (i64.const 0xC2B2AE3D27D4EB4F))) ;; PRIME2
        (i64.const 31))
      (i64.const 0x9E3779B185EBCA87))) ;; PRIME1

  (func $merge (param $h i64) (param $v i64) (result i64)
    (i64.add
      (i64.mul
        (i64.xor (local.get $h) (call $round (i64.const 0) (local.get $v)))
        (i64.const 0x9E3779B185EBCA87)) ;; PRIME1
      (i64.const 0x85EBCA77C2B2AE63))) ;; PRIME4

  ;; Hashes every run of `n` words. `starts` points to words + 1 numbers of 32 bits: where each word begins, the words being
  ;; one byte apart, and at last one byte past the end of the text. Writes words - n + 1 hashes of 64 bits to `out`, and
  ;; returns how many.
  (func (export "shingle") (param $starts i32) (param $words i32) (param $n i32) (param $out i32) (result i32)
    (local $count i32) (local $i i32) (local $from i32)
    (if (i32.lt_u (local.get $words) (local.get $n)) (then (return (i32.const 0))))
    (local.set $count (i32.add (i32.sub (local.get $words) (local.get $n)) (i32.const 1)))
    (loop $next
      (local.set $from (i32.load (local.get $starts)))
      (i64.store
        (local.get $out)
        (call $xxh64
          (local.get $from)
          (i32.sub
            (i32.sub
              (i32.load (i32.add (local.get $starts) (i32.shl (local.get $n) (i32.const 2))))
              (i32.const 1))
            (local.get $from))))
      (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count))))
    (local.get $count))

  ;; For each of `functions` pairs (a, b): the least of (hash * a + b) mod 2^64 mod (2^61 - 1) over `count` hashes. The product
  ;; wraps before the modulus, as numpy's uint64 does in datatrove.
  (func (export "signature")
    (param $hashes i32) (param $count i32) (param $a i32) (param $b i32) (param $functions i32) (param $out i32)
    (local $end i32) (local $lastOut i32) (local $at i32) (local $fa i64) (local $fb i64) (local $v i64) (local $least i64)
    (local.set $end (i32.add (local.get $hashes) (i32.shl (local.get $count) (i32.const 3))))
    (local.set $lastOut (i32.add (local.get $out) (i32.shl (local.get $functions) (i32.const 3))))
    (loop $function
      (local.set $fa (i64.load (local.get $a)))
      (local.set $fb (i64.load (local.get $b)))
      (local.set $least (i64.const -1))
      (local.set $at (local.get $hashes))
      (loop $hash
        (local.set $v (i64.add (i64.mul (i64.load (local.get $at)) (local.get $fa)) (local.get $fb)))
        ;; 2^61 = 1 modulo the prime: the top three bits are added to the rest.
        (local.set $v
          (i64.add
            (i64.and (local.get $v) (i64.const 0x1FFFFFFFFFFFFFFF))
            (i64.shr_u (local.get $v) (i64.const 61))))
        (local.set $v
          (select
            (i64.sub (local.get $v) (i64.const 0x1FFFFFFFFFFFFFFF))
            (local.get $v)
            (i64.ge_u (local.get $v) (i64.const 0x1FFFFFFFFFFFFFFF))))
        (local.set $least
          (select (local.get $v) (local.get $least) (i64.lt_u (local.get $v) (local.get $least))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $hash (i32.lt_u (local.get $at) (local.get $end))))
      (i64.store (local.get $out) (local.get $least))
      (local.set $a (i32.add (local.get $a) (i32.const 8)))
      (local.set $b (i32.add (local.get $b) (i32.const 8)))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (br_if $function (i32.lt_u (local.get $out) (local.get $lastOut)))))
)
