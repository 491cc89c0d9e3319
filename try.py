import sys, time, types
import numpy as np
try:
    import simulator.registration
except ImportError:
    m = types.ModuleType("simulator.registration")
    import pyarrow as pa
    m.register = lambda chance, n, first, ring: pa.table({c: pa.array([c]*n) for c in ("name","email","phone","address")})
    sys.modules["simulator.registration"] = m
from simulator import world as w, day as d, policy
n, p, days = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
t=time.time(); world = w.create(n, p, days, 1); print("create", time.time()-t)
tot={}
t=time.time()
for i in range(days if len(sys.argv)<5 else int(sys.argv[4])):
    tabs = d.live_day(world, policy.send_own)
    for k,v in tabs.items(): tot[k]=tot.get(k,0)+v.num_rows
    if i % 30 == 0: print(i, round(time.time()-t,1), {k:v.num_rows for k,v in tabs.items()})
print(time.time()-t); print(tot)
st=world.state; print("stages", np.bincount(st.stage)); print("orders by kind", [ (k, float(st.orders[world.people.kind==i].mean())) for i,k in enumerate(w.MESSAGE_CHANNELS+('x','y'))])
print("out of stock", (st.stock<=0).mean(), "fatigue", st.fatigue.mean())
import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1e6,"GB")
