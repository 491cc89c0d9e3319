import sys, types
try:
    import simulator.registration
except ImportError:
    m = types.ModuleType("simulator.registration"); m.register = None; sys.modules["simulator.registration"] = m
import sys, time, types, copy
import numpy as np
from simulator import oracle, world as w, policy, messages as ms, offers, baskets, supply
from simulator.market import open_market
import simulator.day as d
from simulator.records import is_week_start
n=int(sys.argv[1]); seed=int(sys.argv[2])
world = w.create(n, 800, 60, seed)
# quick history without writing
def silent_day(world, send, acc=None):
    day=world.next_day
    if day==0: supply.open_stores(world, open_market(world.known, world.catalogue, world.seed, day, d.everything(world)))
    supply.receive_goods(world)
    world.state.stock[:] = 1e9
    market=open_market(world.known, world.catalogue, world.seed, day, world.state.stock>0)
    baskets.live_on(world, day); policy.give_consents(world, day)
    m=send(world, day); ms.receive(world, market, m, day)
    wishes=baskets.want_to_buy(world, day)
    made, lines=baskets.fill_baskets(world, market, wishes, day)
    if acc is not None:
        margin=lines.amount-lines.units*world.catalogue.cost[lines.product]
        np.add.at(acc['margin'], made.customer[lines.order], margin)
        offs={c: offers.offer_of_code(world.known, world.catalogue, world.customers, world.seed, int(c)) for c in np.unique(made.offer) if c>=0}
        cost=np.bincount(lines.order, lines.discount-lines.issuer_pays, minlength=len(made.offer))
        for c,o in offs.items():
            if o.discount_type in('points','gift'): cost[made.offer==c]=offers.saving(o, world.known)[1]
        np.add.at(acc['cost'], made.customer, cost)
        np.add.at(acc['orders'], made.customer, 1)
        np.add.at(acc['red'], made.customer, made.offer>=0)
    baskets.remember(world, made, day)
    ms.relax(world); world.next_day+=1
for i in range(40): silent_day(world, lambda w_,d_: ms.no_messages())
while not is_week_start(world, world.next_day): silent_day(world, lambda w_,d_: ms.no_messages())
day=world.next_day
reach=policy.reachable(world, day)
offs=offers.active_offers(world.known, world.catalogue, world.customers, world.seed, day)
codes=np.array([offers.code_of(o.offer_id) for o in offs])
pick=np.random.default_rng(1).integers(0,len(offs),len(reach.rows))
v=oracle.value_pairs(world, reach.rows, codes[pick], reach.channel.astype(np.int8), day)
def run(send):
    wl=copy.deepcopy(world); acc={k: np.zeros(len(wl.people)) for k in ('margin','cost','orders','red')}
    for s in range(7): silent_day(wl, send if s==0 else (lambda a,b: ms.no_messages()), acc)
    return acc, wl
msg=ms.Messages(reach.rows, codes[pick], reach.channel.astype(np.int8), np.full(len(pick),''), np.full(len(pick),np.nan))
a1,w1=run(lambda a,b: msg); a0,w0=run(lambda a,b: ms.no_messages())
r=reach.rows
def cmp(name, sim, exp, mask):
    x=sim[mask]; se=x.std()/np.sqrt(max(len(x),1))
    flag = '' if abs(x.mean()-exp[mask].mean())<3*se else '  <<<<'
    return f"{name}: sim {x.mean():.4f} ± {se:.4f} truth {exp[mask].mean():.4f}{flag}"
kinds=world.people.kind[r]
allm=np.ones(len(r),bool)
groups=[("all",allm)]+[("kind "+k, kinds==i) for i,k in enumerate(w.people.KINDS)] if hasattr(w,'people') else [("all",allm)]+[(str(i),kinds==i) for i in range(5)]
groups+= [(o.kind, (pick==j)&(kinds==0)) for j,o in enumerate(offs)]
for nm,m in groups:
    print(f"{nm:16s}", m.sum(), cmp("d margin", (a1['margin']-a0['margin'])[r], v.margin_with-v.margin_without, m), "|", cmp("cost",(a1['cost'])[r], v.cost-0.01, m),"|",cmp("orders0", a0['orders'][r], v.orders_without, m),"|",cmp("red", a1['red'][r], v.redemption, m))
sk=(w1.state.skip.astype(int)-w0.state.skip)
print("skips", sk.sum(), "expected caused*psi approx", (v.borrowed/np.maximum(v.margin_without/np.maximum(v.orders_without,1e-9),1e-9)).sum())
