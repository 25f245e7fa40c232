"""How fast it is: every figure beside a baseline that was measured in turns with it.

`make bench` measures all figures and writes `docs/performance.md`; `make bench ARGS="--only
add_seats --quick"` is a short look at some. Machines differ and are disturbed, so what counts is
the ratio. Nothing here fails; tests count work instead.
"""
