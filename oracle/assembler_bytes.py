"""Records what GNU as makes of every form of every instruction that kernels-cpu's assembler knows.

    python oracle/assembler_bytes.py > kernels-cpu/src/test/resources/dev/fovea/kernels/cpu/machine/instructions.tsv

Needs binutils 2.40 (`apt install binutils`). A line is the text of an instruction in Intel's syntax, a tab, its bytes in hexadecimal.
AssemblerBytesTest reads the text, calls the method of that name with these operands and compares the bytes, and the text of the listing.
`; ` separates the instructions of a line; labels are L0, L1 in the order of their making.
"""

import os
import re
import subprocess
import tempfile

GENERAL = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"]
LOWER = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"] + [f"r{i}d" for i in range(8, 16)]
PAIRS = [("rax", "rcx"), ("rdi", "r8"), ("r9", "rsi"), ("r15", "r12"), ("rsp", "r13"), ("rbp", "rbx")]

# {} is a displacement in units of the memory operand, so that one-byte displacements of both kinds are met, and just missed.
ADDRESSES = ["[rax]", "[rdi+1*]", "[r12]", "[rsp]", "[rbp]", "[r13]", "[r12+127*]", "[rsp-128*]", "[rbp+128*]", "[r13-129*]", "[r8+1]",
             "[rsi+1000]", "[rax+rcx*4]", "[r14+r15*8+2*]", "[rbp+r12*2]", "[rsp+rbx*1-1*]", "[r13+rax*8]", "[rdx+r13*4+128*]",
             "[r12+rbp*1+3]", "[rip+L0]", "[rip+L0+64]", "[rbx-7]", "[r10+r9*2+100000]", "[rcx+r8*1-100000]"]

# Registers of the classes 0-7, 8-15, 16-23, 24-31 in every field.
LOW = [(9, 2, 3), (1, 10, 4), (0, 7, 15)]
HIGH = [(17, 2, 11), (9, 18, 3), (1, 10, 19), (31, 24, 28)]

BYTES = {"xmm": 16, "ymm": 32, "zmm": 64}
NARROWER = {"zmm": "ymm", "ymm": "xmm", "xmm": "xmm"}


class Recorder:
    """Collects lines; addresses and masks are dealt out in turn, so that the whole has all of them many times and every line a few."""

    def __init__(self):
        self.lines = []
        self.turn = 0

    def add(self, line):
        if "L0" in line and "L0:" not in line:
            line += "; L0:"
        self.lines.append(line)

    def address(self, unit, broadcast=0):
        self.turn += 1
        text = ADDRESSES[self.turn * 7 % len(ADDRESSES)]
        text = re.sub(r"([+-]\d+)\*]", lambda m: f"{int(m.group(1)) * unit:+d}]", text)
        return text + (f"{{1to{broadcast}}}" if broadcast else "")

    def mask(self, zeroing=True):
        self.turn += 1
        return f"{{k{self.turn % 7 + 1}}}" + ("{z}" if zeroing and self.turn % 2 else "")


def widths(names):
    return [f"{name}mm" for name in names]


def vector(r, name, kinds, names="xyz", vex=True, evex=True, element=0, memory=True, source=None, unit=None, masks=True, immediate=None):
    """Records `name to, left, right` (kinds "three"), `name to, from` ("two") or `name to, from` with a destination that may be memory
    ("store"), in all widths, with registers, memory, masks and broadcasts.

    source: the narrower operand's register for a width; unit: its bytes; element: bytes of a broadcast element, 0 for none.
    """
    for width in widths(names):
        tail = "" if immediate is None else f", {immediate}".replace("{width}", width)
        other = source(width) if source else width
        size = unit(width) if unit else BYTES[width]
        has_vex = vex and width != "zmm"
        for a, b, c in (LOW if has_vex or evex else []) + (HIGH if evex else []):
            if kinds == "three":
                r.add(f"{name} {width}{a}, {width}{b}, {other}{c}{tail}")
            elif kinds == "two":
                r.add(f"{name} {width}{a}, {other}{c}{tail}")
            else:
                r.add(f"{name} {other}{c}, {width}{a}{tail}")
        for a, b in [(1, 2), (9, 10)] + ([(17, 2), (1, 26)] if evex else []):
            if memory:
                if kinds == "three":
                    r.add(f"{name} {width}{a}, {width}{b}, {r.address(size)}{tail}")
                elif kinds == "two":
                    r.add(f"{name} {width}{a}, {r.address(size)}{tail}")
                else:
                    r.add(f"{name} {r.address(size)}, {width}{a}{tail}")
        for a, b, c in [(1, 2, 3), (20, 13, 30)] if evex and masks else []:
            if kinds == "three":
                r.add(f"{name} {width}{a}{r.mask()}, {width}{b}, {other}{c}{tail}")
                if memory:
                    r.add(f"{name} {width}{a}{r.mask()}, {width}{b}, {r.address(size)}{tail}")
            elif kinds == "two":
                r.add(f"{name} {width}{a}{r.mask()}, {other}{c}{tail}")
                if memory:
                    r.add(f"{name} {width}{a}{r.mask()}, {r.address(size)}{tail}")
            else:
                r.add(f"{name} {other}{c}{r.mask()}, {width}{a}{tail}")
                if memory:
                    r.add(f"{name} {r.address(size)}{r.mask(False)}, {width}{a}{tail}")
        if evex and element:
            lanes = BYTES[width] // element
            for a, b, mask in [(1, 2, ""), (23, 9, ""), (8, 30, r.mask())]:
                left = f"{width}{b}, " if kinds == "three" else ""
                r.add(f"{name} {width}{a}{mask}, {left}{r.address(element, lanes)}{tail}")


def general(r):
    for i, register in enumerate(GENERAL):
        for name in ["inc", "dec", "push", "pop"]:
            r.add(f"{name} {register}")
        for name in ["add", "sub", "and", "cmp"]:
            r.add(f"{name} {register}, {[1, -1, 127, -128][i % 4]}")
            if register != "rax":  # which has a shorter form, that is not used
                r.add(f"{name} {register}, {[128, -129, 2147483647, -2147483648][i % 4]}")
        r.add(f"imul {register}, {GENERAL[15 - i]}, {[3, -128, 128, -2147483648][i % 4]}")
        for name in ["shl", "shr", "sar"]:
            r.add(f"{name} {register}, {[1, 2, 31, 63][i % 4]}")
        r.add(f"mov {LOWER[i]}, {[0, 1, 2147483648, 4294967295][i % 4]}")
        r.add(f"mov {register}, {[-1, -2147483648, -128][i % 3]}")
        r.add(f"mov {register}, {[4294967296, 9223372036854775807, -2147483649, -9223372036854775808][i % 4]}")
        for name in ["mov {}, %s" % register, "mov {}, %s" % LOWER[i], "prefetcht0 {}", "prefetcht1 {}", "prefetcht2 {}", "prefetchnta {}"]:
            r.add(name.format(r.address(1)))
        for name in [f"mov {register}, {{}}", f"mov {LOWER[i]}, {{}}", f"add {register}, {{}}", f"cmp {register}, {{}}", f"lea {register}, {{}}", f"movsxd {register}, dword ptr {{}}"]:
            r.add(name.format(r.address(1)))
    for address in ADDRESSES:
        r.add("mov rdx, " + address.replace("*]", "]"))
        r.add("mov r10d, " + address.replace("*]", "]"))
    for a, b in PAIRS + [(b, a) for a, b in PAIRS]:
        for name in ["mov", "add", "sub", "and", "or", "xor", "cmp", "test", "imul"]:
            r.add(f"{name} {a}, {b}")
        for name in ["shlx", "shrx", "bzhi"]:
            r.add(f"{name} {a}, {b}, rdx")
            r.add(f"{name} rdi, {a}, {b}")
            r.add(f"{name} r11, r9, {a}")
    for name in ["ret", "cpuid", "xgetbv", "syscall", "sfence", "nop", "vzeroupper"] + [f".nops {n}" for n in range(2, 10)]:
        r.add(name)
    far = "; ".join(["mov rdx, [rcx+100000]"] * 18)  # 126 bytes
    for name in ["jmp", "jz", "jnz", "jl", "jle", "jg", "jge", "jb", "jbe", "ja", "jae"]:
        r.add(f"{name} L0; inc rax; L0:")
        r.add(f"L0:; dec rcx; {name} L0")
    r.add(f"L0:; {far}; jnz L0")
    r.add(f"L0:; nop; {far}; jnz L0")
    r.add(f"L0:; nop; {far}; jmp L0")
    r.add(f"jz L0; {far}; jmp L1; L0:; inc rax; L1:")
    r.add("call L0; ret; L0:; ret")
    r.add("L0:; ret; call L0")
    r.add("vmovups zmm1, [rip+L0]; vpermq zmm2, [rip+L0+64], 27; ret; L0:; .long 1; .long -2")


def masks(r):
    for i in range(8):
        for register in [i, 15 - i]:
            r.add(f"kmovw k{i}, {LOWER[register]}")
            r.add(f"kmovw {LOWER[register]}, k{i}")
            r.add(f"kmovd k{i}, {LOWER[register]}")
            r.add(f"kmovd {LOWER[register]}, k{i}")
            r.add(f"kmovq k{i}, {GENERAL[register]}")
            r.add(f"kmovq {GENERAL[register]}, k{i}")


def moves(r):
    for kinds in ["two", "store"]:
        vector(r, "vmovups", kinds)
        vector(r, "vmovdqu", kinds, "xy", evex=False)
        for name in ["vmovdqu8", "vmovdqu16", "vmovdqu32"]:
            vector(r, name, kinds, vex=False)
    for width in widths("xyz"):
        for register in [0, 9, 18, 27] if width != "zmm" else [0, 31]:
            for _ in range(3):
                r.add(f"vmovntps {r.address(BYTES[width])}, {width}{register}")
    for register in [0, 9]:
        for _ in range(4):
            r.add(f"vmovss xmm{register}, {r.address(4)}")
            r.add(f"vmovss {r.address(4)}, xmm{register}")
            for width in widths("xy"):
                r.add(f"vmaskmovps {width}{register}, {width}{register + 3}, {r.address(BYTES[width])}")
                r.add(f"vmaskmovps {r.address(BYTES[width])}, {width}{register + 3}, {width}{register}")
    for name, names, unit in [("vmovd", LOWER, 4), ("vmovq", GENERAL, 8)]:
        for register in [0, 9, 18, 27]:
            for other in [0, 5, 12]:
                r.add(f"{name} xmm{register}, {names[other]}")
                r.add(f"{name} {names[other]}, xmm{register}")
                r.add(f"{name} xmm{register}, {r.address(unit)}")
                r.add(f"{name} {r.address(unit)}, xmm{register}")
    vector(r, "vbroadcastss", "two", source=lambda width: "xmm", unit=lambda width: 4)
    for name, unit in [("vpbroadcastd", 4), ("vpbroadcastw", 2), ("vpbroadcastb", 1)]:
        vector(r, name, "two", source=lambda width: "xmm", unit=lambda width: unit)
        for width in widths("xyz"):
            for register, other, mask in [(0, 0, ""), (9, 13, ""), (18, 5, ""), (27, 8, r.mask())]:
                r.add(f"{name} {width}{register}{mask}, {LOWER[other]}")


def narrower(share):
    return dict(source=lambda width: {2: NARROWER[width], 4: "xmm"}[share], unit=lambda width: BYTES[width] // share)


def conversions(r):
    for name, share in [("vpmovsxbd", 4), ("vpmovzxbd", 4), ("vpmovsxwd", 2), ("vpmovzxwd", 2), ("vpmovsxbw", 2), ("vpmovzxbw", 2),
                        ("vcvtph2ps", 2)]:
        vector(r, name, "two", **narrower(share))
    for name, share in [("vpmovdb", 4), ("vpmovsdb", 4), ("vpmovusdb", 4), ("vpmovdw", 2), ("vpmovsdw", 2)]:
        vector(r, name, "store", vex=False, **narrower(share))
    vector(r, "vcvtps2ph", "store", immediate=4, **narrower(2))
    vector(r, "vcvtneps2bf16", "two", "x", vex=False, memory=False)
    for to, source in [("xmm", "ymm"), ("ymm", "zmm")]:
        for a, b, mask in [(1, 2, ""), (9, 26, ""), (17, 10, ""), (25, 31, r.mask()), (1, 2, r.mask())]:
            r.add(f"vcvtneps2bf16 {to}{a}{mask}, {source}{b}")
    for name in ["vcvtps2dq", "vcvttps2dq", "vcvtdq2ps", "vsqrtps"]:
        vector(r, name, "two", element=4)
    vector(r, "vgetexpps", "two", vex=False, element=4)
    vector(r, "vgetmantps", "two", vex=False, element=4, immediate=1)
    vector(r, "vrndscaleps", "two", vex=False, element=4, immediate=24)
    vector(r, "vroundps", "two", "xy", evex=False, immediate=9)


def arithmetic(r):
    for name in ["vandps", "vandnps", "vorps", "vxorps", "vaddps", "vmulps", "vsubps", "vminps", "vdivps", "vmaxps", "vfmadd132ps",
                 "vfmadd213ps", "vfmadd231ps", "vfnmadd213ps", "vfnmadd231ps", "vunpcklps", "vunpckhps", "vpaddd", "vpsubd", "vpmulld",
                 "vpmaxsd", "vpminsd", "vpsrlvd", "vpsllvd", "vpunpckldq", "vpunpckhdq", "vpackssdw", "vpackusdw"]:
        vector(r, name, "three", element=4)
    for name in ["vpmaxsw", "vpminsw", "vpmaddwd", "vpmaddubsw", "vpunpcklbw", "vpunpckhbw", "vpunpcklwd", "vpunpckhwd", "vpshufb",
                 "vpacksswb", "vpackuswb"]:
        vector(r, name, "three")
    for name in ["vpunpcklqdq", "vpunpckhqdq"]:
        vector(r, name, "three", element=8)
    for name in ["vpxor", "vpor", "vpand", "{vex} vpdpbusd", "{vex} vpdpwssd"]:
        vector(r, name, "three", "xy", evex=False)
    for name in ["vpxord", "vpord", "vpandd", "vscalefps", "vpermt2ps", "vpermi2ps", "vpdpbusd", "vpdpwssd", "vdpbf16ps",
                 "vcvtne2ps2bf16"]:
        vector(r, name, "three", vex=False, element=4)
    for name in ["vpermd", "vpermps"]:
        vector(r, name, "three", "yz", element=4)
    vector(r, "vpternlogd", "three", vex=False, element=4, immediate=150)
    vector(r, "vperm2f128", "three", "y", evex=False, immediate=49)
    vector(r, "vblendvps", "three", "xy", evex=False, immediate="{width}13")
    vector(r, "vblendvps", "three", "xy", evex=False, immediate="{width}2")
    vector(r, "vblendmps", "three", vex=False, element=4)
    vector(r, "vshufps", "three", element=4, immediate=228)
    vector(r, "vpshufd", "two", element=4, immediate=27)
    vector(r, "vpermq", "two", "yz", element=8, immediate=216)
    vector(r, "vshuff32x4", "three", "yz", vex=False, element=4, immediate=255)
    part = dict(source=lambda width: "xmm", unit=lambda width: 16, immediate=1)
    half = dict(source=lambda width: "ymm", unit=lambda width: 32, immediate=1)
    vector(r, "vextractf128", "store", "y", evex=False, **part)
    vector(r, "vinsertf128", "three", "y", evex=False, **part)
    vector(r, "vextractf32x4", "store", "yz", vex=False, **part)
    vector(r, "vextractf64x4", "store", "z", vex=False, **half)
    vector(r, "vinsertf64x4", "three", "z", vex=False, **half)
    vector(r, "vcmpps", "three", "xy", evex=False, immediate=2)
    for width in widths("xyz"):
        for i, (a, b, c) in enumerate(LOW + HIGH):
            r.add(f"vcmpps k{i % 8}, {width}{b}, {width}{c}, {i % 8}")
            r.add(f"vcmpps k{i % 8}, {width}{b}, {r.address(BYTES[width])}, 1")
            r.add(f"vcmpps k{i % 8}, {width}{b}, {r.address(4, BYTES[width] // 4)}, 5")
    for name in ["vpsrld", "vpsrad", "vpslld"]:
        vector(r, name, "two", element=4, immediate=23)
    for name, bytes_read in [("vcvtss2sd", 4), ("vcvtsd2ss", 8), ("vsqrtsd", 8), ("vdivsd", 8)]:
        vector(r, name, "three", "x", evex=False, unit=lambda width, size=bytes_read: size)


def assemble(lines):
    """Assembles all lines at once; symbols tell where each begins."""
    source = [".intel_syntax noprefix"]
    for number, line in enumerate(lines):
        source.append(f"line_{number:06d}:")
        bound = set()
        for part in line.split("; "):
            if part.endswith(":"):
                bound.add(part[:-1])
            if re.match(r"j\w+ L", part) and part.split()[1] not in bound:
                part = "{disp32} " + part  # as would take two bytes where the label is near
            if re.fullmatch(r"vmov\w+ [xyz]mm\d+({\w+})*, [xyz]mm\d+", part):
                part = "{load} " + part  # as would take the store where that is shorter
            if part.startswith(".nops "):
                part += ", 9"
            source.append(re.sub(r"\bL(\d)", rf"L{number}_\1", part))
    source.append(f"line_{len(lines):06d}:")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "code")
        with open(path + ".s", "w") as file:
            file.write("\n".join(source) + "\n")
        subprocess.run(["as", "--64", "-O0", "-o", path + ".o", path + ".s"], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", path + ".o", path + ".bin"], check=True)
        names = subprocess.run(["nm", path + ".o"], check=True, capture_output=True, text=True).stdout
        with open(path + ".bin", "rb") as file:
            code = file.read()
    starts = sorted((name, int(at, 16)) for at, _, name in (row.split() for row in names.splitlines()) if name.startswith("line_"))
    return [code[a:b] for (_, a), (_, b) in zip(starts, starts[1:])]


def main():
    r = Recorder()
    for part in [general, masks, moves, conversions, arithmetic]:
        part(r)
    lines = list(dict.fromkeys(r.lines))
    for line, code in zip(lines, assemble(lines), strict=True):
        print(f"{line}\t{code.hex()}")


if __name__ == "__main__":
    main()
