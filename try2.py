import sys, time, copy; sys.argv=['x','1','1','1','0']
exec(open('try.py').read().split("n, p, days")[0])
from simulator import oracle, world as w, day as d, policy, messages as ms, offers
import numpy as np
world = w.create(20000, 800, 60, 5)
for i in range(54): d.live_day(world, policy.send_own)   # up to Monday?
from simulator.records import is_week_start
while not is_week_start(world, world.next_day): d.live_day(world, policy.send_own)
day = world.next_day
reach = policy.reachable(world, day)
t=time.time()
offs = offers.active_offers(world.known, world.catalogue, world.customers, world.seed, day)
vals = {o.offer_id: [] for o in offs}
for rows, o, v in oracle.value_all(world, reach.rows, reach.channel.astype(np.int8), day): vals[o.offer_id].append(v)
V = np.stack([np.concatenate([x.incremental_margin for x in vals[o.offer_id]]) for o in offs],1)
C = np.stack([np.concatenate([x.cost for x in vals[o.offer_id]]) for o in offs],1)
R = np.stack([np.concatenate([x.redemption for x in vals[o.offer_id]]) for o in offs],1)
A = np.stack([np.concatenate([x.appeal for x in vals[o.offer_id]]) for o in offs],1)
W = np.concatenate([x.orders_without for x in vals[offs[0].offer_id]])
print("value all", time.time()-t, V.shape)
kind = world.people.kind[reach.rows]
for j,o in enumerate(offs):
    print(f"{o.kind:16s}{o.title[:32]:34s} mean V {V[:,j].mean():7.4f} pos {np.mean(V[:,j]>0):.2f} cost {C[:,j].mean():.4f} red {R[:,j].mean():.4f} by kind", np.round([V[kind==k,j].mean() for k in range(5)],3))
for budget in (250, 500,1000,2000,5000):
    ch = oracle.allocate_exactly(V,C,budget); t_=ch>=0
    rng=np.random.default_rng(0)
    perm=rng.permutation(len(V)); pick=rng.integers(0,len(offs),len(V)); cs=np.cumsum(C[perm,pick[perm]]); u=perm[cs<=budget]
    best=A.argmax(1); order=np.argsort(-W); cs=np.cumsum(C[order,best[order]]); pr=order[cs<=budget]
    print(budget, "oracle", V[np.flatnonzero(t_),ch[t_]].sum(), t_.sum(), "uniform", V[u,pick[u]].sum(), len(u), "propensity", V[pr,best[pr]].sum(), len(pr))
# monte carlo: paired
rows=reach.rows; code=np.array([offers.code_of(o.offer_id) for o in offs])
pick=np.random.default_rng(1).integers(0,len(offs),len(rows))
def send_none(world, day): return ms.no_messages()
def margin(wl, sender, days=40):
    tot=np.zeros(len(wl.people)); orders=np.zeros(len(wl.people))
    import simulator.baskets as b
    orig=b.remember
    return tot
